"""Whatever people write, a paper shows it as it is: nothing of it is markup, and what it cannot show is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimaq.casework.pdf.content import attachments, content, paragraphs, printable
from aimaq.casework.pdf.render import printed
from aimaq.language.errors import InvalidInput
from tests.eds.pki import NOW
from tests.papers import witness
from tests.papers.cases import CATALOGUE, CHECK, OFFICIAL, RESULTS, decided, paper_of

pytestmark = pytest.mark.slow

REFUSAL = next(result for result in RESULTS if result[1] == "refusal")
MARKUP = "#*_`$<>@[]{}()\\/~=-+'\"!?.,;:%^&| "
ALPHABET = "abzАбвЯяӘәҒғҚқҢңӨөҰұҮүҺһІі0123456789"
LACKING = "letters of the paper"
TEXT = st.text(alphabet=st.sampled_from(MARKUP + ALPHABET), min_size=1, max_size=120)
SPELLS = [
    '#eval("1+1")',
    "#panic()",
    "#set page(width: 1pt)",
    "= Heading",
    "*bold* _thin_ `raw` $x^2$",
    '#include "x"',
    "<label> @ref",
    "// comment",
    "/* comment */",
    "\\u{41} \\# \\\\",
    "#sys.inputs",
    "~~ --- ... 'x' \"y\"",
    "- item",
    "https://example.kz/#x",
    "{{ }} [[ ]]",
    '#pdf.attach("x", bytes("y"))',
]


def shown(text: str) -> str:
    """What can be compared of a text: its letters, whatever a PDF reader does with the spaces between them."""
    return re.sub(r"\s", "", text)


def read(pdf: bytes, folder: Path) -> str:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    return shown(witness.raw_text(path))


@pytest.mark.parametrize("spell", SPELLS)
def test_what_typst_would_take_for_markup_is_text(spell: str, tmp_path: Path) -> None:
    text = read(paper_of(REFUSAL, name=f"А {spell}", grounds=f"{spell} Б"), tmp_path)
    assert shown(f"А{spell}") in text
    assert shown(f"{spell}Б") in text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXT, grounds=TEXT)
def test_names_and_grounds_are_shown_as_they_were_written(name: str, grounds: str, tmp_path: Path) -> None:
    text = read(paper_of(REFUSAL, name=f"Ақ {name}", grounds=f"Бас {grounds}"), tmp_path)
    for word in printable(name).split():
        if len(word) < 20:  # a longer one may be cut where its line ends
            assert shown(word) in text, word


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_gives_a_paper_or_says_which_letters_it_lacks(name: str, grounds: str) -> None:
    try:
        pdf = paper_of(REFUSAL, name=name, grounds=grounds)
    except InvalidInput as error:
        outcome = (error.field, error.rule)
    else:
        outcome = ("", pdf[:8].decode())
    assert outcome in (("name", LACKING), ("grounds", LACKING), ("", "%PDF-1.7"))


@pytest.mark.parametrize(("field", "inputs"), [("name", {"name": "山田 太郎"}), ("grounds", {"grounds": "Себебі 😀"})])
def test_letters_that_the_paper_does_not_have_are_named(field: str, inputs: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        paper_of(REFUSAL, **inputs)
    assert refused.value.field == field
    assert any(char in refused.value.detail for char in next(iter(inputs.values()))[-2:])


@pytest.mark.parametrize("request_bytes", [b"", b"\xff\xfe{}", b"\0\x01", '{"а": "#x"}'.encode(), bytes(range(256))])
def test_a_request_of_any_bytes_is_inside_as_it_came(request_bytes: bytes, tmp_path: Path) -> None:
    regulation = CATALOGUE.regulation(REFUSAL[0])
    case = decided(regulation, REFUSAL[1])
    attached = attachments(regulation, case, OFFICIAL, request_bytes, None)
    path = tmp_path / "paper.pdf"
    path.write_bytes(printed(content(regulation, case, OFFICIAL, CHECK, attached), NOW))
    found = witness.files(path)
    assert found["request.json"] == request_bytes
    assert set(found) == {"request.json", "result.json"}


def test_what_turns_the_direction_of_writing_is_left_out() -> None:
    assert printable("Ах\u202eмет\u2066ова\u200b\x07\n Айгүл") == "Ахметова Айгүл"
    assert paragraphs("бір\r\n\n  екі\x00\u2029үш") == ["бір", "екі", "үш"]
