"""The gateway's statement on a case: what is left out of a bundle shows against it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from aimaq.access.systems.keystore import load_signer
from gateway_svc.journal.statement import Statement, read_statement
from stand.bundle.archive import STATEMENT, pack
from stand.bundle.inspection import inspect
from tests.bundle.conftest import Exported
from tests.bundle.test_bundle import content_of, places

NAME, MARK = f"{STATEMENT}.json", f"{STATEMENT}.jws"


def stated(files: dict[str, bytes]) -> Statement:
    """The statement in these files."""
    made = read_statement(files[NAME])
    assert made is not None
    return made


def signed_anew(exported: Exported, made: Statement, party: str = "gateway") -> dict[str, bytes]:
    """The files with another statement, which a system signed as the gateway signs."""
    data = msgspec.json.encode(made)
    signature = load_signer(exported.home, party).sign(data)
    return content_of(exported) | {NAME: data, MARK: signature.encode()}


def faults(files: dict[str, bytes], case_id: str, name: str) -> dict[str, str]:
    """What one check has against these files, by place."""
    return next(dict(check.faults) for check in inspect(pack(case_id, files)) if check.name == name)


def without_message(files: dict[str, bytes], number: int) -> dict[str, bytes]:
    """The files without all that there is of one message."""
    return {
        name: content for name, content in files.items() if f"{number:06}" not in name or name.startswith("blocks/")
    }


def test_the_last_messages_of_any_sender_cannot_be_left_out(exported: Exported) -> None:
    files = content_of(exported)
    entries = {name: json.loads(content) for name, content in files.items() if name.startswith("entries/")}
    for sender in {entry["sender"] for entry in entries.values()}:
        last = max(entry["number"] for entry in entries.values() if entry["sender"] == sender)
        short = without_message(files, last)
        assert len(short) < len(files)
        assert faults(short, exported.case_id, "sequences") == {}, "no gap shows it"
        found = faults(short, exported.case_id, "completeness")
        assert found.keys() == {f"entries/{last:06}.json", sender.partition(":")[0]}, found


def test_no_message_at_all_may_be_left_out(exported: Exported) -> None:
    files = content_of(exported)
    for number in stated(files).entries:
        assert f"entries/{number:06}.json" in places(pack(exported.case_id, without_message(files, number)))


def test_a_statement_that_another_system_signed_is_not_the_gateways(exported: Exported) -> None:
    made = stated(content_of(exported))
    files = signed_anew(exported, made, "lea")
    assert "signed by lea, not by gateway" in faults(files, exported.case_id, "statement")[MARK]
    assert MARK not in places(pack(exported.case_id, signed_anew(exported, made)))


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "of another case": ({"case_id": "019cacb3-f200-72a4-b777-6ddd64133b9e"}, "statement", NAME),
    "with another end of the journal": ({"head": "0" * 64}, "completeness", NAME),
    "with a sender less": ({"senders": ()}, "completeness", "portal"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_statement_of_something_else_is_noticed_though_the_gateway_signed_it(what: str, exported: Exported) -> None:
    change, check, place = WRONG[what]
    made = msgspec.structs.replace(stated(content_of(exported)), **change)
    assert place in faults(signed_anew(exported, made), exported.case_id, check)


def test_an_entry_more_in_a_statement_is_noticed_though_the_gateway_signed_it(exported: Exported) -> None:
    made = stated(content_of(exported))
    more = msgspec.structs.replace(made, entries=(*made.entries, made.entries[-1] + 1))
    found = faults(signed_anew(exported, more), exported.case_id, "completeness")
    assert found.keys() == {f"entries/{made.entries[-1] + 1:06}.json"}


def test_bytes_that_are_not_exactly_a_statement_are_none(exported: Exported) -> None:
    data = content_of(exported)[NAME]
    for other in (data + b" ", data.replace(b":", b": ", 1), b"", b"\xff", b"[]", data[:-1]):
        assert read_statement(other) is None
    files = content_of(exported) | {NAME: data + b"\n"}
    assert faults(files, exported.case_id, "statement")[NAME] == "it is not a statement of the gateway"
