"""`check`: each mistake that can be made in a regulation's file is found, on its line, under the rule it breaks.

A case changes the bundled file in one place and says which rules are then broken where: `>` in the new text stands
before the line that a mistake is on, and other lines are named by a piece of their text.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from aimaq.regulation import Catalogue
from aimaq.regulation.files.document import Document
from aimaq.regulation.files.loading import FOLDER
from aimaq.regulation.validation.check import RULES, Mistake, check, check_document


class Case(NamedTuple):
    """One broken file: the first `old` after `anchor` becomes `new`; `rules` are the rules broken at `>`."""

    rules: str
    anchor: str
    old: str
    new: str
    elsewhere: tuple[tuple[str, str], ...] = ()


CON, PROVIDER, PORTAL = "  con:\n", "  provider:\n", "  portal:\n"
ROWS = "# Annex 1, table 2"


def inside(text: str) -> Case:
    """The case of an inner procedure that is wrong."""
    return Case("inner", CON, "    steps:\n", f">    inner: {{{text}}}\n    steps:\n")


CASES = [
    # as YAML
    Case("syntax", "", "title:", "title: [}>"),
    Case("duplicate-key", "", "automation: partial", "automation: partial\n>automation: full"),
    Case("duplicate-key", CON, "      process-2:", ">      process-1:", (("unknown-step", "wrong: process-2}"),)),
    Case("plain-yaml", "", "body: lea", ">body: &body lea"),
    # how people show who they are
    Case("proof", CON, "does: authenticate", "does: authenticate\n>        accepts: [password]"),
    Case("structure", CON, "accepts: [password, certificate]", ">accepts: [password, fingerprint]"),
    Case("structure", CON, "accepts: [password, certificate]", ">accepts: []"),
    # the schema
    Case("structure", "", "automation: partial", ">automation: partly"),
    Case("structure", "", "body: lea", ">seat: lea", (("structure", "# The certificate"),)),
    Case("structure", "", 'number: "346"', ">number: 346"),
    Case("structure", CON, "        item: 1\n", ">        item: first\n"),
    Case("structure", CON, "does: authenticate", "does: authenticate\n>        fast: true"),
    Case(
        "structure",
        CON,
        "{granted: process-8",
        ">{Granted!: process-8",
        (("unknown-outcome", "{Granted!"), ("missing-outcome", "      process-7:")),
    ),
    Case("structure", "", "  provider:", ">  window:"),
    Case(
        "structure", ROWS, "met_by: {step: process-3}", ">met_by: {step: process 3}", (("evidence-step", "process 3"),)
    ),
    Case("structure", ROWS, "next: 2", ">next: two"),
    Case("translation", "", "{kk: Телефоны, ru: Телефон, en: Telephone}", "{kk: Телефоны, ru: Телефон}>"),
    Case("translation", "", "{kk: Телефоны, ru: Телефон, en: Telephone}", "{kk: Телефоны, ru: Телефон, en: }>"),
    Case("translation", "", "{kk: Телефоны, ru: Телефон, en: Telephone}", ">Telephone"),
    Case("translation", "", "en: Telephone", "en: Telephone, de: Telefon>"),
    Case("date", "", "date: 2012-09-05", ">date: 2012-09-31"),
    Case("date", "", "date: 2012-09-05", ">date: 05.09.2012"),
    Case("limit", ROWS, "unit: minute, ", ">"),
    Case("limit", ROWS, "unit: minute,", ">unit: minutes,"),
    Case("limit", ROWS, "max: 30,", ">max: thirty,"),
    Case("limit", ROWS, "max: 30,", ">max: 0,"),
    # limits that no time meets
    Case("limit", ROWS, "max: 30, ", ">"),
    Case("limit", ROWS, "max: 30,", ">min: 31, max: 30,"),
    # the act and the form
    Case("id", "", "id: unemployed", ">id: employed"),
    Case("form", "", "name: purpose", ">name: address"),
    Case("form", "", "name: purpose", "name: purpose\n>    channels: [con, akim]"),
    Case("form", "", "name: purpose", "name: purpose\n>    with: [adress]"),
    Case(
        "form",
        "",
        "  - name: purpose",
        "  - name: purpose\n>    with: [extra]\n    label: {kk: к, ru: р, en: e}\n  - name: extra\n    channels: [con]",
    ),
    Case("form", "", r"pattern: ^\+7[0-9]{10}$", r">pattern: ^(\+7[0-9]{10}$"),
    Case("unknown-party", "", "body: lea:", ">body: leo:"),
    Case("unknown-party", "", "at: [portal, lea, con]", ">at: [portal, lea, kon]"),
    Case("unknown-party", "", "party: lea", ">party: office"),
    Case("unknown-party", "", "  ЭҮП: portal", ">  ЭҮП: portals"),
    Case("unused-end", "", "  not-signed:\n", ">  not-sent:\n    title: {kk: ж, ru: н, en: n}\n  not-signed:\n"),
    Case("unknown-reading", CON, "readings: 000-13", ">readings: 000-99"),
    Case("unknown-reading", CON, "[000-12, 000-17, 000-19", ">[000-12, 000-17, 000-91"),
    # who does what
    Case("unknown-performer", CON, "by: con.operator", ">by: con.operater"),
    Case("unknown-operation", CON, "does: authenticate", ">does: authentcate"),
    Case("performer", CON, "by: con.operator", ">by: con"),
    Case("performer", CON, "{by: con, does: send", ">{by: con.operator, does: send"),
    Case(
        "performer", CON, "{by: con, does: send", ">{by: gateway, does: send", (("route", "RequestSubmitted: lea}}"),)
    ),
    Case("performer", CON, "{by: lea.employee, does: accept}", ">{by: con.operator, does: accept}"),
    Case(
        "performer",
        CON,
        "{by: lea.employee, does: accept}",
        ">{by: lea.employee, does: lodge}",
        (("evidence-step", "process-6/accept"),),
    ),
    Case("step-parts", CON, "        by: con.operator\n", "", (("step-parts", "      process-1:"),)),
    Case("step-parts", CON, "        parts:\n", ">        by: lea\n        parts:\n"),
    Case(
        "step-parts",
        CON,
        "{by: lea.employee, does: accept}",
        "{by: lea.employee, does: prepare}",
        (("step-parts", "      process-6:"), ("evidence-step", "process-6/accept")),
    ),
    Case(
        "step-parts",
        CON,
        "{by: lea.employee, does: accept}",
        ">{by: lea, does: check-identity}",
        (("evidence-step", "process-6/accept"),),
    ),
    Case(
        "step-parts",
        CON,
        "prepare, sends: {StatusChanged: con}}",
        "prepare, sends: {StatusChanged: con}, >exit: {ok: process-7}}",
    ),
    Case(
        "step-parts",
        CON,
        "prepare, sends: {StatusChanged: con}}",
        "prepare, sends: {StatusChanged: con}, >optional: true}",
    ),
    Case(
        "step-parts",
        CON,
        "prepare, sends: {StatusChanged: con}}",
        "prepare, sends: {StatusChanged: con}, >results: [certificate]}",
    ),
    Case(
        "step-parts",
        CON,
        "          - {by: lea.employee, does: accept}\n",
        "          - {by: lea.employee, does: accept}\n"
        "          - {by: con, does: check-identity, exit: {wrong: process-5}}\n"
        '>          - {by: lea.employee, does: check-documents, exit: {wrong: "end:not-signed"}}\n',
    ),
    Case(
        "unknown-outcome",
        CON,
        "{by: lea.employee, does: accept}",
        ">{by: lea.employee, does: accept, exit: {wrong: process-5}}",
    ),
    Case(
        "unknown-outcome",
        CON,
        "{by: lea.employee, does: accept}",
        ">{by: lea.employee, does: accept, exit: {ok: process-7}}",
    ),
    Case("ground", CON, "        ground: identity\n", "", (("ground", "      process-2:"),)),
    Case("ground", CON, "does: authenticate", "does: authenticate\n>        ground: identity"),
    Case("item", CON, "item: 2", ">item: 1"),
    Case("item", CON, "item: 2\n", ">item: 2\n        paragraph: 7(1)\n"),
    Case("item", PORTAL, "item: 1\n", ">item: 11\n"),
    # what comes next
    Case("step-next", CON, "        then: condition-1\n", "", (("step-next", "      process-1:"),)),
    Case(
        "step-next",
        CON,
        "then: condition-1",
        ">then: condition-1\n        end: {wrong: not-signed}",
        (("unknown-outcome", "end: {wrong: not-signed}"),),
    ),
    Case(
        "unknown-outcome",
        CON,
        "{granted: process-8, denied: process-8}",
        ">{granted: process-8, denied: process-8, unsure: process-8}",
    ),
    Case(
        "missing-outcome",
        CON,
        "{granted: process-8, denied: process-8}",
        "{granted: process-8}",
        (("missing-outcome", "      process-7:"),),
    ),
    Case("unknown-step", CON, "then: condition-1", ">then: condition-11"),
    Case("unknown-step", CON, "{ok: process-3, wrong", ">{ok: process-33, wrong"),
    Case("unknown-step", CON, '    paragraph: "7"\n', '    paragraph: "7"\n>    start: process-9\n'),
    Case("unknown-end", CON, "end: not-authorised", ">end: not-authorized"),
    Case("unknown-end", CON, "{granted: issued,", ">{granted: given,"),
    Case(
        "unknown-end",
        CON,
        "{by: lea.employee, does: accept}",
        '>{by: lea.employee, does: check-documents, exit: {wrong: "end:unsigned"}}',
        (("evidence-step", "process-6/accept"),),
    ),
    Case(
        "unknown-step",
        CON,
        "{by: lea.employee, does: accept}",
        ">{by: lea.employee, does: check-documents, exit: {wrong: process-11}}",
        (("evidence-step", "process-6/accept"),),
    ),
    Case(
        "unreachable-step", CON, "wrong: process-2}", "wrong: process-5}", (("unreachable-step", "      process-2:"),)
    ),
    Case(
        "unreachable-step",
        CON,
        '    paragraph: "7"\n',
        '    paragraph: "7"\n    start: process-3\n',
        (
            ("unreachable-step", "      process-1:"),
            ("unreachable-step", "      condition-1:"),
            ("unreachable-step", "      process-2:"),
        ),
    ),
    Case("endless-path", CON, "end: not-authorised", ">then: process-1"),
    Case(
        "endless-path",
        CON,
        "{ok: process-3, wrong: process-2}",
        ">{ok: process-3, wrong: process-1}",
        (("unreachable-step", "      process-2:"),),
    ),
    # what is sent
    Case(
        "unknown-message",
        CON,
        "sends: {RequestRegistered: con}",
        ">sends: {RequestRegistred: con}",
        (("evidence-message", "sent: RequestRegistered"),),
    ),
    Case(
        "unknown-party",
        CON,
        "sends: {RequestRegistered: con}",
        ">sends: {RequestRegistered: kon}",
        (("evidence-message", "sent: RequestRegistered"),),
    ),
    Case(
        "route",
        CON,
        "sends: {RequestRegistered: con}",
        ">sends: {RequestRegistered: registry}",
        (("evidence-message", "sent: RequestRegistered"),),
    ),
    Case("route", CON, "sends: {ResultDelivered: gateway}", ">sends: {ResultIssued: gateway}"),
    Case("reply", CON, "sends: {ResultDelivered: gateway}", ">sends: {MessageRejected: gateway}"),
    Case("copy", PORTAL, "{of: ResultIssued, to", ">{of: ResultDelivered, to"),
    Case(
        "copy",
        PORTAL,
        "{of: RequestSubmitted, to: con, status: received}",
        ">{of: RequestSubmitted, to: con, status: same}",
    ),
    Case(
        "structure",
        PORTAL,
        "{of: RequestSubmitted, to: con, status: received}",
        ">{of: RequestSubmitted, to: con, status: arrived}",
    ),
    Case("unknown-message", PORTAL, "{of: ResultIssued,", ">{of: ResultIssue,"),
    Case("unknown-party", PORTAL, "{of: ResultIssued, to: con", ">{of: ResultIssued, to: cons"),
    Case("route", PORTAL, "{of: ResultIssued, to: con", ">{of: ResultIssued, to: lea"),
    # what a flow makes use of
    Case("unknown-register", CON, "does: authenticate", "does: authenticate\n>        asks: [gbd_fl]"),
    Case(
        "unknown-register",
        CON,
        "{by: lea.employee, does: accept}",
        ">{by: lea, does: ask-registry}",
        (("evidence-step", "process-6/accept"),),
    ),
    Case(
        "unknown-register",
        CON,
        "{by: lea.employee, does: accept}",
        ">{by: lea, does: ask-registry, asks: [gbd_pl]}",
        (("evidence-step", "process-6/accept"),),
    ),
    Case(
        "unknown-register",
        CON,
        "{by: lea.employee, does: accept}",
        ">{by: lea, does: enter-registry}",
        (("evidence-step", "process-6/accept"),),
    ),
    Case(
        "unknown-register",
        CON,
        "{by: lea.employee, does: accept}",
        ">{by: lea, does: enter-registry, into: labour_markt}",
        (("evidence-step", "process-6/accept"),),
    ),
    Case("unknown-register", CON, "does: prepare,", "does: prepare, >requires: [labour_markt],"),
    Case("unknown-register", CON, "does: accept}", "does: accept, >requires: [labour_market]}"),
    Case("unknown-register", CON, "does: prepare,", "does: prepare, >requires: {labour_markt: {status: [yes]}},"),
    Case("record", CON, "does: prepare,", "does: prepare, >requires: {labour_market: {staus: [unemployed]}},"),
    Case("record", CON, "does: prepare,", "does: prepare, >requires: {labour_market: {status: [unemployd]}},"),
    Case("record", CON, "does: prepare,", "does: prepare, >requires: {gbd_ul: {status: [alive]}},"),
    Case("structure", CON, "does: prepare,", "does: prepare, >requires: {labour_market: unemployed},"),
    Case("structure", CON, "does: prepare,", "does: prepare, >requires: {labour_market: {}},"),
    Case("structure", CON, "does: prepare,", "does: prepare, >requires: {},"),
    Case("unknown-result", "", "result: certificate", ">result: certficate"),
    Case("unknown-result", "", "result: certificate", ">result: [certificate, duplicate]"),
    Case("unknown-result", CON, "does: accept}", "does: accept, >results: [certificate, duplicate]}"),
    Case(
        "unknown-result",
        CON,
        "does: decide\n",
        "does: decide\n        limits: {certificate: {max: 1, unit: hour}, >duplicate: {max: 1, unit: hour}}\n",
    ),
    Case("paper", "", "paper: certificate", ">paper: certficate"),
    Case("paper", "", "paper: certificate", ">paper: refusal"),
    Case("paper", "", "paper: refusal", ">paper: notification"),
    inside("of: akim, items: [process-7], before: process-8"),
    inside("of: con, items: [process-7], before: process-8"),
    inside("of: provider, items: [process-8], before: process-9"),
    inside("of: provider, items: [process-8], before: process-1"),
    inside("of: provider, items: [process-9], before: process-8"),
    inside("of: provider, items: [process-7], before: process-8"),
    inside(
        "of: provider, items: [process-3, process-4, condition-2, process-5, process-6, process-7, process-8], "
        "before: process-8"
    ),
    # the table
    Case("duplicate-row", ROWS, "no: 2", ">no: 1", (("unknown-row", "next: 2"),)),
    Case("unknown-row", ROWS, "next: 15", ">next: 16"),
    Case("unknown-unit", ROWS, "unit: ЖАО АЖ", ">unit: ЖАО БАЖ"),
    Case("unknown-party", ROWS, "party: lea", ">party: lee"),
    Case("evidence", ROWS, "{step: process-8}", ">{at: con}"),
    Case("evidence", ROWS, "{step: process-8}", ">{step: process-8, shown: final, at: con}"),
    Case("evidence", ROWS, "{step: process-8}", ">{step: process-8, at: con}"),
    Case("evidence", ROWS, "{shown: final, at: con}", ">{shown: final}"),
    Case("evidence", ROWS, "{sent: ResultIssued, from: lea, to: con}", ">{sent: ResultIssued, to: con}"),
    Case(
        "evidence", ROWS, "{routed: RequestSubmitted, to: lea}", ">{routed: RequestSubmitted, status: final, to: lea}"
    ),
    Case("evidence-step", ROWS, "{step: process-8}", ">{step: process-9}"),
    Case("evidence-step", ROWS, "{step: process-6/accept}", ">{step: process-6/acept}"),
    Case("unknown-message", ROWS, "{routed: RequestSubmitted, to: lea}", ">{routed: RequestSubmited, to: lea}"),
    Case("unknown-party", ROWS, "{shown: final, at: con}", ">{shown: final, at: cons}"),
    Case("route", ROWS, "{routed: RequestSubmitted, to: lea}", ">{routed: RequestSubmitted, to: portal}"),
    Case("route", ROWS, "{sent: ResultIssued, from: lea, to: con}", ">{sent: ResultIssued, from: portal, to: con}"),
    Case(
        "evidence-message",
        ROWS,
        "{sent: ResultIssued, from: lea, to: con}",
        ">{sent: ResultIssued, from: lea, to: portal}",
    ),
    Case("evidence-message", ROWS, "{routed: ResultIssued, to: con}", ">{routed: RegistryAsked, to: registry}"),
    Case("evidence-message", ROWS, "{shown: final, at: con}", ">{shown: final, at: portal}"),
]


def broken(text: str, case: Case) -> tuple[str, set[tuple[int, str]]]:
    """The changed file, and the lines and rules that `check` must find."""
    start = text.index(case.old, text.index(case.anchor))
    changed = text[:start] + case.new.replace(">", "", 1) + text[start + len(case.old) :]
    found = set()
    if ">" in case.new:
        at = changed[: start + case.new.index(">")].count("\n") + 1
        found = {(at, rule) for rule in case.rules.split()}
    begin = 0 if case.anchor == "" else changed.index(case.anchor)
    for rule, piece in case.elsewhere:
        found.add((changed[: changed.index(piece, begin)].count("\n") + 1, rule))
    return changed, found


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case.rules}" for n, case in enumerate(CASES)])
def test_a_mistake_is_found_on_its_line_under_its_rule_and_nothing_else_is(text: str, file: Path, case: Case) -> None:
    changed, expected = broken(text, case)
    found = check_document(Document(changed.encode()), file.name, file.stem)
    assert {(mistake.line, mistake.rule) for mistake in found} == expected, found
    assert all(mistake.file == file.name and mistake.message for mistake in found)


@pytest.mark.parametrize(
    "wanted",
    [
        "[labour_market, gbd_fl]",
        "{labour_market: {status: [unemployed, job-seeker], oblast: [43A]}}",
        "{is_1: {school: [№ 3]}}",
    ],
)
def test_a_grant_may_require_records_and_what_they_say(text: str, file: Path, wanted: str) -> None:
    changed = text.replace("does: prepare,", f"does: prepare, requires: {wanted},", 1)
    assert changed != text
    assert check_document(Document(changed.encode()), file.name, file.stem) == []


def test_an_item_may_bear_a_number_that_another_paragraph_has_too(text: str, file: Path) -> None:
    changed = text.replace("item: 2\n", "item: 1\n        paragraph: 7(1)(2)\n", 1)
    assert changed != text
    assert check_document(Document(changed.encode()), file.name, file.stem) == []


def test_parts_may_leave_a_step_in_the_same_way_for_the_same_place(text: str, file: Path) -> None:
    accepted = "          - {by: lea.employee, does: accept}\n"
    more = '{by: con, does: check-identity, exit: {wrong: "end:not-signed"}}'
    last = '{by: lea.employee, does: check-documents, exit: {wrong: "end:not-signed"}}'
    start = text.index(accepted, text.index(CON))
    changed = text[:start] + accepted + f"          - {more}\n          - {last}\n" + text[start + len(accepted) :]
    assert check_document(Document(changed.encode()), file.name, file.stem) == []


def test_every_rule_has_a_case() -> None:
    shown = {rule for case in CASES for rule in (*case.rules.split(), *(rule for rule, _ in case.elsewhere))}
    assert shown | {"file", "encoding", "unimplemented"} == set(RULES)


def test_an_operation_that_nobody_has_implemented_is_a_mistake_wherever_it_is_used(file: Path) -> None:
    lines = [number for number, line in enumerate(file.read_text("utf-8").splitlines(), 1) if "does: accept" in line]
    found = check(file, {"accept": "aimaq/x.py lacks a function", "pay": "it is not in this file"})
    assert [(mistake.line, mistake.rule) for mistake in found] == [(line, "unimplemented") for line in lines]
    assert lines
    assert str(found[0]).startswith(f"{file}:{lines[0]}: 'accept' is declared and not implemented: aimaq/x.py lacks")


def test_the_bundled_regulations_have_no_mistake() -> None:
    for file in FOLDER.glob("*.yaml"):
        assert check(file) == []
    assert len(Catalogue.bundled()) == len(list(FOLDER.glob("*.yaml")))


def test_all_mistakes_are_found_at_once_in_the_order_of_lines(text: str, file: Path) -> None:
    changed = text
    for old, new in [
        ("automation: partial", "automation: partly"),
        ("by: lea.employee", "by: lea.employe"),
        ("does: check-package", "does: check-packet"),
        ("end: not-signed", "end: not-sealed"),
        ("unit: minute, ", ""),
        ("{routed: StatusChanged,", "{routed: StatusChange,"),
    ]:
        changed = changed.replace(old, new, 1)
    found = check_document(Document(changed.encode()), file.name, file.stem)
    assert [mistake.rule for mistake in found] == [
        *("structure", "unknown-performer", "unknown-operation", "unknown-end", "limit", "unknown-message"),
    ]
    assert [mistake.line for mistake in found] == sorted(mistake.line for mistake in found)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("does: fill-form", "does: fil-form", "no operation 'fil-form'; did you mean fill-form?"),
        ("then: process-4", "then: proces-4", "no step 'proces-4'; did you mean process-4?"),
        ("automation:", "automatic:", "the file has no 'automatic'; did you mean automation?"),
        (", en: Telephone", "", "form.2.label"),
        ("unit: minute, ", "", "limit lacks unit"),
        ('number: "346"', "number: 346", "act.number: 346 is not the number of an act, in quotes"),
    ],
)
def test_a_mistake_is_told_in_plain_words(text: str, file: Path, old: str, new: str, message: str) -> None:
    found = check_document(Document(text.replace(old, new, 1).encode()), file.name, file.stem)
    assert any(message in mistake.message for mistake in found), found


def test_a_mistake_reads_as_file_line_message_and_rule() -> None:
    assert str(Mistake("a.yaml", 3, "limit", "limit lacks unit")) == "a.yaml:3: limit lacks unit (limit)"


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"~", b"[]", b"x", b"{}", b"{flows: {}}", b"{flows: []}", b"{flows: {con: 7}}"),
        b"{flows: {con: {steps: {process-1: 8, process-2: {parts: [1, {sends: []}], if: [], end: 5, then: {}}}}}}",
        b"{flows: {con: {steps: {}, table: [1, {no: x, next: {}, met_by: [7]}], copies: {}}}, form: {}, units: x}",
        b"{readings: [], ends: [], unit_parties: [], status_checked: {at: 7}, flows: {con: {readings: {a: b}}}}",
        b"\xff\xfe",
    ],
)
def test_no_shape_of_file_makes_it_stumble(content: bytes) -> None:
    assert check_document(Document(content), "x.yaml", "x")


def test_a_file_that_cannot_be_read_is_one_mistake(tmp_path: Path) -> None:
    assert check(tmp_path / "none.yaml") == [
        Mistake(str(tmp_path / "none.yaml"), 1, "file", "No such file or directory")
    ]


def test_a_file_that_is_not_utf8_is_one_mistake(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(text.encode("utf-16"))
    assert [mistake.rule for mistake in check(path)] == ["encoding"]
