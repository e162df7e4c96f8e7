"""What a service remembers of the systems' certificates, and what it makes of anything that calls itself a roster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimaq.access.systems import memory, roster
from aimaq.access.systems.keystore import keys_of, load_directory, load_signer, load_trust
from aimaq.access.systems.memory import FILE
from aimaq.access.systems.roster import Roster, System
from aimaq.access.systems.roster_signature import SignedRoster
from aimaq.language.clock import StandClock
from aimaq.language.errors import Unconfigured, WithdrawnCertificate
from aimaq.language.messages import PARTIES
from aimaq.language.signing.jws import Directory, Withdrawal
from stand.provision import keys
from tests.access.conftest import signed
from tests.parties import BASE

SAME_HOME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)


def everyone(home: Path, **status: str) -> Roster:
    """The roster of the systems in a home, with how those stand that are not good."""
    systems = [
        {
            "party": party,
            "serial": "1",
            "certificate": load_signer(home, party).certificate.public_bytes(Encoding.PEM).decode(),
            "status": status.get(party, "good"),
            "since": BASE,
        }
        for party in PARTIES
    ]
    return msgspec.convert({"version": 9, "systems": systems}, Roster)


def recalled(home: Path, party: str = "lea") -> tuple[Directory, int]:
    """What a service of this home knows when it starts, and the version that it makes."""
    directory = load_directory(home)
    return directory, memory.recall(home, party, directory, load_trust(home))


def test_what_was_remembered_is_known_again(home: Path) -> None:
    signer = load_signer(home, "con")
    memory.remember(home, "lea", [signed(home, everyone(home, con="revoked"))])
    fresh, version = recalled(home)
    assert version == 9
    assert {one.party: one.withdrawal for one in fresh.identities()} == {
        party: Withdrawal(BASE, "revoked") if party == "con" else None for party in PARTIES
    }
    with pytest.raises(WithdrawnCertificate):
        fresh.verify(b"x", signer.sign(b"x"), BASE)
    assert len((keys_of(home, "lea") / FILE).read_bytes()) < 2000 * len(PARTIES)


def test_changes_are_remembered_one_after_the_other(home: Path) -> None:
    first = everyone(home)
    then = msgspec.structs.replace(everyone(home, lea="suspended"), version=12, after=9)
    memory.remember(home, "lea", [signed(home, first), signed(home, then)])
    fresh, version = recalled(home)
    assert version == 12
    assert [one.party for one in fresh.identities() if one.withdrawal is not None] == ["lea"]
    for gap in ([signed(home, then)], [signed(home, first), signed(home, msgspec.structs.replace(then, after=10))]):
        memory.remember(home, "lea", gap)
        with pytest.raises(Unconfigured, match="cannot follow version"):
            recalled(home)


def test_without_a_memory_the_trust_folder_counts(home: Path) -> None:
    directory, version = recalled(home, "portal")
    assert version == 0
    assert [one.withdrawal for one in directory.identities()] == [None] * len(PARTIES)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"answers": 1}', b'{"answers": [1]}', b"\xff"])
def test_a_memory_that_cannot_be_read_is_named(home: Path, text: bytes) -> None:
    path = keys_of(home, "portal") / FILE
    path.write_bytes(text)
    with pytest.raises(Unconfigured, match=r"systems\.json cannot be read"):
        recalled(home, "portal")


def test_a_memory_that_the_authority_did_not_sign_is_named(home: Path, tmp_path: Path) -> None:
    keys.provision(tmp_path / "other", StandClock(lambda: BASE), authority_keys="p-256")
    honest = signed(home, everyone(home, con="revoked"))
    for answer in (
        signed(tmp_path / "other", everyone(home)),
        SignedRoster(honest.roster.replace("revoked", "good"), honest.signature),
        SignedRoster(honest.roster, ""),
    ):
        memory.remember(home, "portal", [answer])
        with pytest.raises(Unconfigured, match=r"systems\.json cannot be read: the roster is not"):
            recalled(home, "portal")


def test_a_memory_of_before_rosters_were_signed_is_not_believed(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    (keys_of(home, "portal") / FILE).write_bytes(msgspec.json.encode(everyone(home, con="revoked")))
    directory, version = recalled(home, "portal")
    assert version == 0
    assert [one.withdrawal for one in directory.identities()] == [None] * len(PARTIES)
    assert "is not signed, as those of earlier versions: the registry's is fetched" in caplog.text


def test_a_memory_has_an_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.remember(home, "portal", [signed(home, everyone(home))])
    monkeypatch.setattr(memory, "LARGEST", 100)
    with pytest.raises(Unconfigured, match="larger than 100 bytes"):
        recalled(home, "portal")


def test_what_another_authority_issued_is_left_out(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys.provision(tmp_path / "other", StandClock(lambda: BASE), authority_keys="p-256")
    memory.remember(home, "portal", [signed(home, everyone(tmp_path / "other"))])
    directory, _ = recalled(home, "portal")
    assert len(directory.identities()) == len(PARTIES)
    assert caplog.text.count("was not issued by an authority trusted here") == len(PARTIES)


@SAME_HOME
@given(
    data=st.binary(max_size=300)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=20) | st.sampled_from(["good", "version", "systems"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["version", "systems", "party", "serial", "certificate", "status", "since"]),
                inner,
                max_size=7,
            )
        ),
        max_leaves=12,
    ).map(msgspec.json.encode)
)
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    try:
        found = roster.read(data)
    except ValueError:
        return
    assert isinstance(found, Roster)


@SAME_HOME
@given(st.data())
def test_no_roster_crashes_a_directory(home: Path, draw: st.DataObject) -> None:
    good = load_signer(home, "con").certificate.public_bytes(Encoding.PEM).decode()
    texts: Any = st.text(max_size=40) | st.sampled_from([good, good[:200], good.replace("A", "B", 3)])
    made = st.builds(
        System,
        party=st.sampled_from([*PARTIES, "treasury", ""]),
        serial=st.text(max_size=10),
        certificate=texts,
        status=st.sampled_from(["good", "revoked", "suspended"]),
        since=st.none() | st.datetimes(),
    )
    systems = draw.draw(st.lists(made, max_size=5))
    directory = load_directory(home)
    faults = roster.take(directory, Roster(1, tuple(systems)), load_trust(home))
    believed = [one for one in systems if one.certificate == good and one.party == "con"]
    assert len(faults) == len(systems) - len(believed)
    assert len(directory.identities()) == len(PARTIES)


def test_nobody_speaks_for_another_by_what_a_roster_says(home: Path) -> None:
    directory = load_directory(home)
    portal = load_signer(home, "portal").certificate.public_bytes(Encoding.PEM).decode()
    authority = (home / "nca" / "issuing" / "cert.pem").read_text()
    faults = roster.take(
        directory,
        Roster(9, (System("gateway", "1", portal, "good"), System("lea", "2", authority, "good"))),
        load_trust(home),
    )
    assert "is that of portal's system, not gateway's" in faults[0]
    assert "it is an authority's" in faults[1]
    assert len(directory.identities()) == len(PARTIES)


def test_a_roster_does_not_bring_a_revoked_certificate_back(home: Path) -> None:
    directory, signer = load_directory(home), load_signer(home, "con")
    directory.add("con", signer.certificate, Withdrawal(BASE, "revoked"))
    pem = signer.certificate.public_bytes(Encoding.PEM).decode()
    roster.take(directory, Roster(9, (System("con", "1", pem, "good"),)), load_trust(home))
    with pytest.raises(WithdrawnCertificate):
        directory.verify(b"x", signer.sign(b"x"), BASE)
