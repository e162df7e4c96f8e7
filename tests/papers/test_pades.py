"""The signature in a paper: its place, its bytes, and every byte that must not change."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

from aimaq.eds import pades
from aimaq.eds.cms import reader as cms
from aimaq.eds.timestamp import token
from aimaq.eds.verdict import Asked, Verdict, judge, opened
from aimaq.language.errors import BadSignature, InvalidInput
from aimaq.language.ids import Ids
from registry_svc.nca.authority import Authority
from tests.eds.pki import IIN, NOW, RSA_KEY, Holder, Pki
from tests.eds.tsa import Tsa
from tests.papers import witness
from tests.papers.cases import RESULTS, paper_of

pytestmark = pytest.mark.slow

RESULT = next(result for result in RESULTS if result[1] == "certificate")
PKI = Pki()
HOLDER = PKI.person()
DRAFT = pades.prepared(paper_of(RESULT), NOW)


def signed(holder: Holder = HOLDER) -> bytes:
    """The draft signed and stamped."""
    made = holder.sign(DRAFT.covered, at=None)
    return DRAFT.closed(token.stamped(made, Tsa(PKI).token(cms.take_apart(made).value)))


SIGNED = signed()


def authorities() -> witness.Authorities:
    roots = Authority(PKI.authority.root, PKI.authority.root, PKI.root_key, PKI.clock, Ids(PKI.clock))
    lists = (PKI.crl_der(), roots.revocation_list(1, []).der)
    return witness.Authorities(PKI.authority.root, PKI.authority.certificate, lists, NOW + timedelta(seconds=1))


def findings(pdf: bytes) -> tuple[str, ...]:
    """What is wrong with a paper by our own check."""
    try:
        signed_pdf = pades.opened(pdf)
        found = opened(signed_pdf.cms)
    except BadSignature as error:
        return ("malformed", error.detail)
    if isinstance(found, Verdict):
        return found.codes
    crl = PKI.crl()
    return judge(signed_pdf.covered, found, Asked(iin=IIN), NOW, PKI.trust, lambda one: crl.status(one, NOW)).codes


@pytest.mark.parametrize("holder", [HOLDER, PKI.person(key=RSA_KEY)], ids=["P-256", "RSA-2048"])
async def test_pyhanko_and_we_agree_that_it_is_good(holder: Holder) -> None:
    pdf = signed(holder)
    status = await witness.judged(pdf, authorities())
    assert status.summary().startswith("INTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>"), status.summary()
    assert status.bottom_line
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.timestamp == NOW
    assert findings(pdf) == ()


def test_preparing_is_the_same_each_time_and_leaves_the_description_alone() -> None:
    assert pades.prepared(paper_of(RESULT), NOW) == DRAFT
    assert pades.prepared(paper_of(RESULT), NOW + timedelta(seconds=1)) != DRAFT
    assert DRAFT.pdf.startswith(paper_of(RESULT))
    before, after = PdfFileReader(io.BytesIO(paper_of(RESULT))), PdfFileReader(io.BytesIO(SIGNED))
    assert after.root["/Metadata"].data == before.root["/Metadata"].data
    assert after.trailer["/Info"] == before.trailer["/Info"]
    assert witness.claims(SIGNED) == ("3", "B")
    assert b"pyHanko" not in SIGNED


def test_what_the_signature_adds_keeps_to_pdf_a() -> None:
    reader = PdfFileReader(io.BytesIO(SIGNED))
    (signature,) = reader.embedded_regular_signatures
    widget = signature.sig_field
    assert [int(edge) for edge in widget["/Rect"]] == [0, 0, 0, 0]  # so it needs no appearance (ISO 19005-3, 6.3.3)
    assert int(widget["/F"]) & 0b100100111 == 0b100  # printed, and neither invisible, hidden nor unseen (6.3.2)
    assert "/NeedAppearances" not in reader.root["/AcroForm"]
    assert (reader.encrypted, "/OutputIntents" in reader.root, len(reader.trailer["/ID"])) == (False, True, 2)
    for file in reader.root["/AF"]:
        assert file.get_object()["/AFRelationship"] in ("/Source", "/Supplement", "/Data")
    assert len(cms.signatures(pades.opened(SIGNED).cms)) == 1


STAGGERED = """
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from aimaq.eds.pades import prepared

pdf, at, done = Path(sys.argv[1]).read_bytes(), datetime.fromisoformat(sys.argv[2]), []

def loaded():
    return sum(name.startswith("pyhanko") for name in tuple(sys.modules))

def one(number):
    while loaded() < 6 * number and not done:  # each comes when the one before has loaded some of the library
        pass
    found = prepared(pdf, at)
    done.append(number)
    return found.pdf

print(len(set(ThreadPoolExecutor(12).map(one, range(12)))))
"""


def test_many_may_prepare_at_once_in_a_process_that_never_did(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(paper_of(RESULT))
    done = subprocess.run(
        [sys.executable, "-c", STAGGERED, str(path), NOW.isoformat()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr


def test_what_stands_in_the_file_is_read_again() -> None:
    signed_pdf = pades.opened(SIGNED)
    assert (signed_pdf.at, signed_pdf.byte_range, signed_pdf.covered) == (NOW, DRAFT.byte_range, DRAFT.covered)
    stamped = cms.take_apart(signed_pdf.cms)
    assert stamped.stamp is not None
    assert not pades.says_its_time(stamped)
    assert pades.says_its_time(cms.take_apart(HOLDER.sign(b"", at=NOW)))
    with pytest.raises(BadSignature):
        _ = DRAFT.cms


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, change: int) -> None:
    changed = bytearray(SIGNED)
    changed[place] ^= change
    start, end = DRAFT.byte_range[1], DRAFT.byte_range[2]
    inside = start < place < end - 1
    same = inside and bytes(changed[start + 1 : end - 1]).lower() == SIGNED[start + 1 : end - 1].lower()
    assert bool(findings(bytes(changed))) != same, place


async def test_pyhanko_notices_a_changed_byte_too() -> None:
    for place in (SIGNED.index(b"stream") + 40, SIGNED.rindex(b"Annots"), SIGNED.index(b"/M (D") + 12):
        changed = bytearray(SIGNED)
        changed[place] ^= 1
        try:
            status = await witness.judged(bytes(changed), authorities())
        except PdfReadError:  # it is no longer a PDF at all
            continue
        assert not status.bottom_line


def test_nothing_can_be_added_after_the_signature() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(SIGNED))
    writer.root["/More"] = TextStringObject("more")
    writer.update_root()  # type: ignore[no-untyped-call]
    more = io.BytesIO()
    writer.write(more)  # type: ignore[no-untyped-call]
    for changed in (more.getvalue(), SIGNED + b"\n"):
        assert findings(changed) == ("malformed", "the signature in the paper is not over all of it")


@pytest.mark.parametrize(
    "pdf",
    [
        b"",
        b"%PDF-1.7",
        b"/ByteRange [0 1 2 3]",
        b"/Contents <00>/ByteRange [0 10 14 33]",
        b"\0" * 100,
        b"/ByteRange [9999999999 9999999999 9999999999 9999999999]",
        b"/ByteRange [0 0 0 0]",
    ],
)
def test_what_is_no_signed_paper_is_said_to_be_none(pdf: bytes) -> None:
    with pytest.raises(BadSignature):
        _ = pades.opened(pdf).cms


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_in_the_place_are_read_or_refused(filled: bytes) -> None:
    pdf = DRAFT.closed(filled)
    try:
        found = pades.opened(pdf).cms
    except BadSignature:
        return
    assert (filled + bytes(pades.ROOM)).startswith(found)


def test_a_signature_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        DRAFT.closed(bytes(pades.ROOM + 1))
    assert (refused.value.field, refused.value.rule) == ("pdf_cms", f"at most {pades.ROOM} bytes")
    assert len(pades.opened(SIGNED).cms) < pades.ROOM / 2
