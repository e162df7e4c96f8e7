"""The certificate of 2012 as the act prints it: its items, rows, limits, units and doubtful places."""

from __future__ import annotations

import re
from datetime import date

import pytest

from aimaq.language.messages import STATUS_TEXTS, TYPES
from aimaq.regulation import Evidence, Limit, Norm, Regulation, Texts
from aimaq.regulation.files.loading import FOLDER
from aimaq.regulation.model.operations import OPERATIONS

CHANNELS = ("provider", "con", "portal")
MINUTE = Limit(max=1, unit="minute", text="1 минуттан артық емес")
TEN = Limit(max=10, unit="minute", text="10 минуттан артық емес")
HALF_HOUR = Limit(max=30, unit="minute", text="30 минут")
THREE_DAYS = Limit(
    max=3,
    unit="working-day",
    text="3 жұмыс күні (құжаттарды қабылдау және беру күндері мемлекеттік қызмет көрсету мерзіміне енбейді)",
)
LIMITS: dict[str, list[Limit | None]] = {
    "provider": [TEN, MINUTE, MINUTE, MINUTE, TEN, *[MINUTE] * 7],
    "con": [*[HALF_HOUR] * 5, THREE_DAYS, MINUTE, MINUTE, MINUTE, None, *[MINUTE] * 4, TEN],
    "portal": [*[MINUTE] * 4, TEN, TEN, *[MINUTE] * 9],
}
G1, G = "ЭҮӨШ /ЭҮШ", "ЭҮӨШ (ЭҮШ)"
UNITS = {
    "provider": ["ЖАО", "ЖАО АЖ", G1, "ХҚКО АЖ"] * 3,
    "con": [
        *["ХҚКО", "ХҚКО АЖ", G, "ЖАО АЖ", "ЖАО"],
        *["ЖАО", "ХҚКО АЖ", G, "ЖАО АЖ", "ХҚКО"],
        *["ЖАО", "ЖАО АЖ", G, "ХҚКО АЖ", "ХҚКО"],
    ],
    "portal": [
        *["ЭҮП", G, "ЖАО АЖ", "ХҚКО АЖ", "ЖАО қызметкері"],
        *["ЖАО", "ЖАО АЖ", G, "ЭҮП", "ХҚКО АЖ"],
        *["ЖАО", "ЖАО АЖ", G, "ЭҮП", "ХҚКО АЖ"],
    ],
}
COMMON = [
    *("process-1", "condition-1", "process-2", "process-3", "process-4", "condition-2", "process-5"),
    *("process-6", "process-7"),
]
REFS = {
    "provider": ["item-1", *COMMON, "process-8"],
    "con": [*COMMON, "process-8"],
    "portal": ["item-1", *COMMON],
}


def test_the_act_is_named_as_printed(regulation: Regulation) -> None:
    act = regulation.act
    assert (act.number, act.date) == ("346", date(2012, 9, 5))
    assert act.registered is not None
    assert (act.registered.number, act.registered.date) == ("1864", date(2012, 9, 14))
    assert (act.repealed_by, act.repealed_on) == ("153", date(2013, 5, 21))
    assert regulation.title.kk == "Жұмыссыз азаматтарға анықтама беру"
    assert (regulation.automation, regulation.kind) == ("partial", "transactional")
    assert regulation.body == "lea:mamlyut-employment"


@pytest.mark.parametrize(("channel", "paragraph"), [("provider", "6"), ("con", "7"), ("portal", "8")])
def test_every_item_of_the_paragraph_is_a_step_in_its_order(
    regulation: Regulation, channel: str, paragraph: str
) -> None:
    flow = regulation.flow(channel)
    assert flow.paragraph == paragraph
    assert list(flow.steps) == REFS[channel]
    assert [step.item for step in flow.steps.values()] == list(range(1, len(flow.steps) + 1))
    assert [step.paragraph for step in flow.steps.values()] == [
        f"{paragraph}({item})" for item in range(1, len(flow.steps) + 1)
    ]


def test_the_paragraphs_give_no_limits(regulation: Regulation) -> None:
    for flow in regulation.flows.values():
        assert all(step.limit is None and step.limits is None for step in flow.steps.values())


@pytest.mark.parametrize(("channel", "rows"), [("provider", 12), ("con", 15), ("portal", 15)])
def test_every_row_of_the_table_is_a_norm(regulation: Regulation, channel: str, rows: int) -> None:
    table = regulation.flow(channel).table
    assert [norm.no for norm in table] == list(range(1, rows + 1))
    assert [norm.next for norm in table] == [(no,) for no in range(2, rows + 1)] + [()]
    assert [norm.limit for norm in table] == LIMITS[channel]
    assert [norm.unit for norm in table] == UNITS[channel]


def test_the_three_working_days_do_not_count_the_days_of_receipt_and_issue(regulation: Regulation) -> None:
    rows = {(channel, norm.no) for channel, norm in _norms(regulation) if norm.not_counting}
    assert rows == {("con", 6)}
    assert regulation.flow("con").norm(6).not_counting == ("day of receipt", "day of issue")


def test_swapped_units_are_kept_as_printed_and_read_beside(regulation: Regulation) -> None:
    con = regulation.flow("con")
    assert (con.norm(7).unit, con.norm(7).party) == ("ХҚКО АЖ", "lea")
    assert (con.norm(9).unit, con.norm(9).party) == ("ЖАО АЖ", "con")
    for channel, norm in _norms(regulation):
        if norm.party != regulation.unit_parties[norm.unit]:
            assert "000-01" in norm.readings, (channel, norm.no)


def test_the_empty_row_is_kept_and_asks_nothing(regulation: Regulation) -> None:
    norm = regulation.flow("con").norm(10)
    assert norm.action == norm.completion == Texts(kk="-", ru="-", en="-")
    assert norm.limit is None
    assert norm.met_by == ()
    assert norm.reading == "000-02"


def test_only_the_empty_row_is_met_by_nothing(regulation: Regulation) -> None:
    assert [(channel, norm.no) for channel, norm in _norms(regulation) if not norm.met_by] == [("con", 10)]


MET_BY = {
    ("provider", 3): (Evidence(routed="StatusChanged", status="received", to="con"),),
    ("provider", 4): (Evidence(shown="received", at="con"),),
    ("provider", 6): (Evidence(sent="StatusChanged", status="in_progress", from_="lea", to="con"),),
    ("provider", 10): (Evidence(sent="StatusChanged", status="final", from_="lea", to="con"),),
    ("con", 3): (Evidence(routed="RequestSubmitted", to="lea"),),
    ("con", 5): (Evidence(step="process-6/accept"),),
    ("con", 6): (Evidence(step="process-6/prepare"),),
    ("con", 12): (Evidence(sent="ResultIssued", from_="lea", to="con"),),
    ("con", 15): (Evidence(step="process-8"),),
    ("portal", 2): (
        Evidence(routed="RequestSubmitted", to="lea"),
        Evidence(routed="StatusChanged", status="received", to="con"),
    ),
    ("portal", 8): (
        Evidence(routed="StatusChanged", status="in_progress", to="portal"),
        Evidence(routed="StatusChanged", status="in_progress", to="con"),
    ),
    ("portal", 13): (
        Evidence(routed="ResultIssued", to="portal"),
        Evidence(routed="StatusChanged", status="final", to="con"),
    ),
    ("portal", 15): (Evidence(shown="final", at="con"),),
}


@pytest.mark.parametrize("row", MET_BY, ids=str)
def test_a_row_names_the_steps_and_messages_that_satisfy_it(regulation: Regulation, row: tuple[str, int]) -> None:
    assert regulation.flow(row[0]).norm(row[1]).met_by == MET_BY[row]


def test_the_first_row_of_the_portal_is_met_by_the_path_up_to_the_signature_and_by_a_refusal(
    regulation: Regulation,
) -> None:
    named = {piece.step for piece in regulation.flow("portal").norm(1).met_by}
    assert named == {
        "process-1",
        "condition-1",
        "process-2",
        "process-3",
        "process-4",
        "condition-2",
        "process-5",
    }


def test_the_service_centre_is_told_each_status_on_the_portals_route_only(regulation: Regulation) -> None:
    copies = [(copy.of, copy.to, copy.status) for copy in regulation.flow("portal").copies]
    assert copies == [
        ("RequestSubmitted", "con", "received"),
        ("StatusChanged", "con", "same"),
        ("ResultIssued", "con", "same"),
    ]
    assert regulation.flow("con").copies == regulation.flow("provider").copies == ()


def test_the_parts_of_the_processing_are_those_of_the_channel(regulation: Regulation) -> None:
    def parts(channel: str) -> list[tuple[str, str, dict[str, str]]]:
        return [(part.by, part.does, part.sends) for part in regulation.flow(channel).step("process-6").parts]

    assert parts("provider") == [
        ("lea", "register", {"StatusChanged": "con"}),
        ("lea.employee", "prepare", {"StatusChanged": "con"}),
    ]
    for channel in ("con", "portal"):
        assert parts(channel) == [
            (channel, "send", {"RequestSubmitted": "lea"}),
            ("lea", "register", {"RequestRegistered": channel}),
            ("lea.employee", "accept", {}),
            ("lea.employee", "prepare", {"StatusChanged": channel}),
        ]


def test_only_the_registration_of_a_new_user_is_optional(regulation: Regulation) -> None:
    optional = [
        (flow.channel, step.ref) for flow in regulation.flows.values() for step in flow.steps.values() if step.optional
    ]
    assert optional == [("portal", "item-1")]


def test_a_granted_case_ends_with_the_certificate_and_a_denied_one_with_the_refusal(regulation: Regulation) -> None:
    ends = regulation.flow("con").ends
    assert (ends["issued"].status, ends["issued"].result) == ("completed", "certificate")
    assert (ends["refused"].status, ends["refused"].result) == ("refused", "refusal")
    for name in ("not-authorised", "not-signed"):
        assert (ends[name].status, ends[name].result) == (None, None)
    assert set(regulation.results) == {"certificate", "refusal"}


def test_the_status_words_are_those_that_the_messages_use(regulation: Regulation) -> None:
    assert {status: texts.as_dict() for status, texts in regulation.statuses.items()} == STATUS_TEXTS


def test_what_the_act_says_beside_the_flows_is_kept(regulation: Regulation) -> None:
    assert regulation.status_checked is not None
    assert regulation.status_checked.paragraph == "10"
    assert regulation.status_checked.at == ("portal", "lea", "con")
    assert regulation.contact is not None
    assert (regulation.contact.paragraph, regulation.contact.phone) == ("11", "1414")
    assert [(unit.paragraph, unit.party) for unit in regulation.units] == [("12(1)", "lea"), ("12(2)", "con")]
    assert [clause.paragraph for clause in regulation.requirements] == [f"17({n})" for n in range(1, 6)]
    assert {clause.paragraph for clause in regulation.technical} == {"18"}
    assert [len(question.answers) for question in regulation.survey] == [3, 3]


def test_every_doubtful_place_of_the_act_has_a_reading(regulation: Regulation) -> None:
    assert list(regulation.readings) == [f"000-{n:02}" for n in range(1, 36)]


def test_every_reading_is_explained_to_people(regulation: Regulation) -> None:
    page = (FOLDER.parent.parent / "docs" / "reading-the-law.md").read_text("utf-8")
    explained = re.findall(r"^\*\*([0-9A-Z-]+)\. ", page, re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(regulation.readings) <= set(explained)


def test_the_ways_in_are_those_of_the_act(regulation: Regulation) -> None:
    assert tuple(regulation.flows) == CHANNELS


def test_every_message_of_a_step_may_travel_where_it_goes(regulation: Regulation) -> None:
    for flow in regulation.flows.values():
        for step in flow.steps.values():
            for part in step.parts:
                assert OPERATIONS[part.does].by_person in (None, part.by_person)
                for message, to in part.sends.items():
                    assert (part.party, to) in TYPES[message].routes


def _norms(regulation: Regulation) -> list[tuple[str, Norm]]:
    return [(flow.channel, norm) for flow in regulation.flows.values() for norm in flow.table]
