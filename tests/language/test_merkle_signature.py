"""Many messages under one signature: each can be checked alone, none can be changed, moved or added."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey
from joserfc.registry import HeaderParameter

from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.errors import BadSignature, UnknownSender
from aimaq.language.messages import PARTIES
from aimaq.language.signing import merkle, merkle_signature
from aimaq.language.signing.jws import Directory
from tests.eds.pki import NOW
from tests.faults import rows
from tests.language.test_jws import CERTIFICATE, DATA, DIRECTORY, HEADER, KEY, LIFE, SIGNATURE, SIGNER
from tests.outsider import REGULATION
from tests.parties import Parties
from tests.pipeline.messages import SUBMITTED

MESSAGES = [f"message {number}".encode() for number in range(7)]
MARKS = SIGNER.sign_all(MESSAGES, 64)


@given(st.integers(1, 70))
def test_a_tree_has_the_root_and_the_paths_that_are_found_one_by_one(size: int) -> None:
    leaves = [merkle.leaf(bytes((number,))) for number in range(size)]
    assert merkle.tree(leaves) == (merkle.root(leaves), [merkle.path(leaves, index) for index in range(size)])


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=50), min_size=1, max_size=70), st.integers(1, 70))
def test_each_of_many_is_verified_alone(messages: list[bytes], most: int) -> None:
    marks = SIGNER.sign_all(messages, most)
    for message, mark in zip(messages, marks, strict=True):
        assert Directory([("portal", CERTIFICATE)]).verify(message, mark, NOW) == "portal"


def test_as_many_as_may_share_a_signature_do() -> None:
    assert {len({mark.rpartition(".")[0] for mark in SIGNER.sign_all(MESSAGES, most)}) for most in (7, 8)} == {1}
    assert len({mark.partition("..")[2].partition(".")[0] for mark in SIGNER.sign_all(MESSAGES, 3)}) == 3


def test_no_more_share_one_than_may_whatever_is_asked_for() -> None:
    messages = [number.to_bytes(2, "big") for number in range(merkle_signature.MOST + 2)]
    marks = SIGNER.sign_all(messages, 10**6)
    for index in (0, merkle_signature.MOST - 1, merkle_signature.MOST, merkle_signature.MOST + 1):
        assert DIRECTORY.verify(messages[index], marks[index], NOW) == "portal"


def test_one_that_is_left_alone_is_signed_as_any_other_library_expects() -> None:
    alone = SIGNER.sign_all(MESSAGES, 3)[-1]
    key = ECKey.import_key(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    verified = jws.deserialize_compact(alone, key, algorithms=["ES256"], payload=MESSAGES[-1])
    assert verified.protected == HEADER


def test_another_library_verifies_the_root_that_anyone_can_compute() -> None:
    """The third of three: its sibling is the pair of the first two, as RFC 6962 hashes them."""
    first, second, third = (hashlib.sha256(b"\0" + one).digest() for one in MESSAGES[:3])
    pair = hashlib.sha256(b"\1" + first + second).digest()
    root = hashlib.sha256(b"\1" + pair + third).digest()
    mark, _, proof = SIGNER.sign_all(MESSAGES[:3], 64)[2].rpartition(".")
    assert base64.urlsafe_b64decode(proof + "==") == b"\0\2\0\3" + pair
    key = ECKey.import_key(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    registry = jws.JWSRegistry({"sheaf": HeaderParameter("what is signed", "str")}, algorithms=["ES256"])
    verified = jws.deserialize_compact(mark, key, payload=b"\0\3" + root, registry=registry)
    assert verified.protected == HEADER | {"crit": ["b64", "sheaf"], "sheaf": "RFC6962"}


@settings(max_examples=200)
@given(st.integers(0, 6), st.binary(max_size=20))
def test_a_changed_message_fails(index: int, message: bytes) -> None:
    assume(message != MESSAGES[index])
    with pytest.raises(BadSignature):
        DIRECTORY.verify(message, MARKS[index], NOW)


@settings(max_examples=600)
@given(st.integers(0, 6), st.data())
def test_a_changed_character_of_the_signature_fails(index: int, data: st.DataObject) -> None:
    """Also where the sheaf is known already, and also in the proof: no place, size or hash can be another."""
    mark = MARKS[index]
    assert DIRECTORY.verify(MESSAGES[index], mark, NOW) == "portal"
    at = data.draw(st.integers(0, len(mark) - 1))
    character = data.draw(st.characters(max_codepoint=0x500).filter(lambda one: one != mark[at]))
    with pytest.raises((BadSignature, UnknownSender)):
        DIRECTORY.verify(MESSAGES[index], mark[:at] + character + mark[at + 1 :], NOW)


@pytest.mark.parametrize(
    "proof", ["", "AA", "AAAAAQ", "AAAAAA", "AAAD6Q", "//////", "AAAAAg", "AAEAAQ", "AAAAAg" + "A" * 20]
)
def test_a_proof_that_is_none_fails(proof: str) -> None:
    mark = MARKS[0].rpartition(".")[0]
    with pytest.raises(BadSignature):
        DIRECTORY.verify(MESSAGES[0], f"{mark}.{proof}", NOW)
    with pytest.raises(BadSignature):
        DIRECTORY.verify(DATA, f"{SIGNATURE}.{proof}", NOW)


def test_the_root_is_no_message_and_a_message_no_root() -> None:
    data, _ = merkle_signature.bind(MESSAGES)
    bound, _, mark = MARKS[0].rpartition(".")[0].partition("..")
    alone, _, other = SIGNER.sign(data).partition("..")
    for signature in (f"{alone}..{mark}", f"{bound}..{other}", f"{bound}..{mark}"):
        with pytest.raises(BadSignature):
            DIRECTORY.verify(data, signature, NOW)


def test_a_known_sheaf_counts_only_while_the_certificate_is_in_date() -> None:
    assert DIRECTORY.verify(MESSAGES[1], MARKS[1], NOW) == "portal"
    with pytest.raises(BadSignature, match="not in date"):
        DIRECTORY.verify(MESSAGES[2], MARKS[2], NOW + LIFE + timedelta(seconds=1))


async def test_what_a_batch_sends_is_under_one_signature(parties: Parties) -> None:
    """The body takes a request and answers it in one transaction: all its messages, whomever they reach, hold."""
    await parties.start(*PARTIES, autopilot=True)
    case_id = await parties.ask()
    await parties.status("portal", case_id, "completed")
    journal = [row for row in await rows(parties.services["gateway"], "journal") if row["sender"].startswith("lea")]
    assert len(journal) == 3
    assert len({row["signature"].rpartition(".")[0] for row in journal}) == 1
    verifier = parties.services["con"].party.verifier
    for row in journal:
        assert verifier.verify(row["body"], row["signature"], parties.clock.now()) == "lea"


async def test_an_outside_system_gets_signatures_of_their_own(parties: Parties) -> None:
    await parties.start("portal", mode="refuse", outside="lea")
    portal = parties.services["portal"]

    case_id = portal.party.ids()

    def command(uow: UnitOfWork) -> None:
        uow.open_case(case_id, REGULATION, "portal")
        for _ in range(2):
            uow.send(SUBMITTED, "lea:mamlyut-employment")

    await portal.writer.run(command, case_id, fresh=True)
    sent = await rows(portal, "outbox")
    assert [row["signature"].count(".") for row in sent] == [2, 2]
