"""Several signatures in one CMS: each stays as it was, openssl verifies them all, and no bytes break the reader."""

from __future__ import annotations

import contextlib

import pytest
from asn1crypto import cms as asn1
from asn1crypto import core, crl
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.eds.cms import reader
from aimaq.eds.cms.cosign import joined
from aimaq.eds.timestamp import token
from aimaq.eds.verdict import Asked, judge
from aimaq.language.errors import BadSignature
from stand.signatures.craft import streamed
from tests.eds.pki import DOCUMENT, NOW, RSA_KEY, Pki
from tests.eds.test_hostile import mutated
from tests.eds.test_openssl import ATTIME, Bench, bench
from tests.eds.tsa import Tsa

__all__ = ["bench"]

PKI = Pki()
FIRST, SECOND = PKI.person(), PKI.person(key=RSA_KEY)
PLAIN = FIRST.sign()
STAMPED = token.stamped(PLAIN, Tsa(PKI).token(reader.take_apart(PLAIN).value))
WHOLE = [PLAIN, SECOND.sign(attached=True), streamed(SECOND.sign(), DOCUMENT, 5), STAMPED]


def codes(signature: bytes) -> tuple[str, ...]:
    lists = PKI.crl()
    found = reader.signatures(signature)
    return judge(DOCUMENT, found, Asked(several=True), NOW, PKI.trust, lambda one: lists.status(one, NOW)).codes


@pytest.mark.parametrize("document", [None, DOCUMENT], ids=["detached", "attached"])
def test_openssl_verifies_all_of_them(bench: Bench, document: bytes | None) -> None:
    other = bench.pki.person(surname="Жақыпов")
    both = joined([bench.holder.sign(), other.sign(attached=True)], document)
    if document is None:
        assert bench.accepts(both)
        assert not bench.accepts(joined([bench.holder.sign(), other.sign(DOCUMENT + b".")]))
    else:
        bench.file("both", both)
        done = bench.openssl(
            "cms",
            "-verify",
            "-cades",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "both",
            "-CAfile",
            "ca.pem",
            "-out",
            "in",
            *ATTIME,
        )
        assert done.returncode == 0, done.stderr
        assert (bench.folder / "in").read_bytes() == document


@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=reader.MOST_SIGNERS), st.sampled_from([None, DOCUMENT]))
def test_everybodys_signature_is_as_it_was_and_in_its_place(each: list[bytes], document: bytes | None) -> None:
    whole = joined(each, document)
    assert reader.document_in(whole) == document
    assert [one.value for one in reader.signatures(whole) if isinstance(one, reader.Signature)] == [
        reader.take_apart(one).value for one in each
    ]
    assert codes(whole) == ()
    signed = asn1.ContentInfo.load(whole, strict=True)["content"]
    assert len(signed["certificates"]) == len({reader.take_apart(one).certificate.digest for one in each})
    assert joined([whole], document) == whole


def test_what_came_along_is_kept_and_the_version_is_the_highest() -> None:
    info = asn1.ContentInfo.load(FIRST.sign())
    info["content"]["version"] = "v3"
    info["content"]["crls"] = [crl.CertificateList.load(PKI.crl_der())]
    signed = asn1.ContentInfo.load(joined([SECOND.sign(), info.dump()]), strict=True)["content"]
    assert signed["version"].native == "v3"
    assert len(signed["crls"]) == 1
    assert codes(joined([SECOND.sign(), info.dump()])) == ()


def test_more_than_may_sign_are_refused() -> None:
    full = joined([FIRST.sign()] * reader.MOST_SIGNERS)
    assert codes(full) == ()
    with pytest.raises(BadSignature, match="there are 9 signers"):
        joined([full, SECOND.sign()])


@settings(max_examples=400, deadline=None)
@given(mutated(WHOLE), st.sampled_from([None, DOCUMENT]))
def test_a_mutilated_one_is_joined_or_refused(data: bytes, document: bytes | None) -> None:
    with contextlib.suppress(BadSignature):
        joined([FIRST.sign(), data], document)


@pytest.mark.parametrize("data", [b"", b"0", core.Null().dump(), DOCUMENT])
def test_what_is_no_signature_is_refused(data: bytes) -> None:
    with pytest.raises(BadSignature):
        joined([data])
