"""What a service remembers of the systems' certificates, and what it makes of anything that calls itself a roster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimaq.language.clock import StandClock
from aimaq.language.errors import Unconfigured, WithdrawnCertificate
from aimaq.access.systems.keystore import keys_of, load_directory, load_signer, load_trust
from aimaq.language.messages import PARTIES
from aimaq.language.signing.jws import Withdrawal
from aimaq.access.systems import roster
from aimaq.access.systems.roster import FILE, Roster, System
from stand.provision import keys
from tests.parties import BASE

SAME_HOME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)


def test_what_was_remembered_is_known_again(home: Path) -> None:
    trust, directory, signer = load_trust(home), load_directory(home), load_signer(home, "con")
    directory.add("con", signer.certificate, Withdrawal(BASE, "revoked"))
    roster.remember(home, "lea", directory)
    fresh = load_directory(home)
    roster.recall(home, "lea", fresh, trust)
    assert {one.party: one.withdrawal for one in fresh.identities()} == {
        party: Withdrawal(BASE, "revoked") if party == "con" else None for party in PARTIES
    }
    with pytest.raises(WithdrawnCertificate):
        fresh.verify(b"x", signer.sign(b"x"), BASE)
    assert len((keys_of(home, "lea") / FILE).read_bytes()) < 2000 * len(PARTIES)


def test_without_a_memory_the_trust_folder_counts(home: Path) -> None:
    directory = load_directory(home)
    roster.recall(home, "portal", directory, load_trust(home))
    assert [one.withdrawal for one in directory.identities()] == [None] * len(PARTIES)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 1, "systems": [1]}', b"\xff"])
def test_a_memory_that_cannot_be_read_is_named(home: Path, text: bytes) -> None:
    path = keys_of(home, "portal") / FILE
    path.write_bytes(text)
    with pytest.raises(Unconfigured, match=r"systems\.json cannot be read"):
        roster.recall(home, "portal", load_directory(home), load_trust(home))


def test_what_another_authority_issued_is_left_out(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys.provision(tmp_path / "other", StandClock(lambda: BASE), authority_keys="p-256")
    roster.remember(home, "portal", load_directory(tmp_path / "other"))
    directory = load_directory(home)
    roster.recall(home, "portal", directory, load_trust(home))
    assert len(directory.identities()) == len(PARTIES)
    assert caplog.text.count("was not issued by an authority trusted here") == len(PARTIES)


@SAME_HOME
@given(data=st.binary(max_size=300) | st.recursive(
    st.none() | st.integers() | st.text(max_size=20) | st.sampled_from(["good", "version", "systems"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["version", "systems", "party", "serial", "certificate", "status", "since"]), inner, max_size=7),
    max_leaves=12,
).map(msgspec.json.encode))  # fmt: skip
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
        System, party=st.sampled_from([*PARTIES, "treasury", ""]), serial=st.text(max_size=10), certificate=texts,
        status=st.sampled_from(["good", "revoked", "suspended"]), since=st.none() | st.datetimes(),
    )  # fmt: skip
    systems = draw.draw(st.lists(made, max_size=5))
    directory = load_directory(home)
    faults = roster.take(directory, Roster(1, tuple(systems)), load_trust(home))
    believed = [one for one in systems if one.certificate == good and one.party in PARTIES]
    assert len(faults) == len(systems) - len(believed)
    assert len(directory.identities()) == len(PARTIES)
