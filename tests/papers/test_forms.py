"""Every result of every regulation as a paper: what stands on it, in both languages, and that it is PDF/A."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from aimaq.casework.documents import request_document, result_document
from aimaq.casework.pdf.content import content, encoded
from aimaq.casework.pdf.render import TEMPLATES, printed
from aimaq.casework.pdf.words import POSITIONS, day
from aimaq.regulation.model.vocabulary import PAPERS, PEOPLE
from tests.eds.pki import IIN, NOW
from tests.papers import witness
from tests.papers.cases import CATALOGUE, CHECK, GROUNDS, NAME, OFFICIAL, RESULTS, decided, lines_by, paper_of

pytestmark = pytest.mark.slow

LONG_NAME = "Константинопольский-Преображенский Александр-Владислав Святославович-Мұхаммедәлиұлы"
REFUSAL = next(result for result in RESULTS if result[1] == "refusal")
CERTIFICATE = next(result for result in RESULTS if result[1] == "certificate")

WORDS = {
    "certificate": ("Осы анықтама", "Настоящая справка"),
    "credential": ("Осы куәлік", "Настоящее удостоверение"),
    "notification": ("оң шешім қабылданғанын хабарлаймыз", "принято положительное решение"),
    "referral": ("Осы жолдама", "Настоящее направление"),
    "decision": ("қанағаттандыру туралы шешім қабылданды", "заявление удовлетворить"),
    "payment": ("өтемақы тағайындалғанын хабарлаймыз", "назначена компенсация"),
    "document": ("Осы құжат", "Настоящий документ"),
    "refusal": ("көрсетуден бас тартылды", "в оказании услуги отказано"),
}
"""What only the form of each kind of paper says."""


def squeezed(text: str) -> str:
    """A text without its spaces, the hyphens at the ends of lines and all else that differs by where lines end."""
    return "".join(char for char in text if char.isalnum())


def written(pdf: bytes, folder: Path) -> Path:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    return path


@pytest.mark.parametrize("result", RESULTS, ids="/".join)
def test_a_paper_says_what_was_decided_about_whom_and_by_whom_in_two_languages(
    result: tuple[str, str], tmp_path: Path
) -> None:
    regulation = CATALOGUE.regulation(result[0])
    case, kind = decided(regulation, result[1]), regulation.results[result[1]]
    pdf = paper_of(result)
    path = written(pdf, tmp_path)
    text = squeezed(witness.raw_text(path))
    assert regulation.issuer is not None
    expected = [
        case.number,
        NAME,
        IIN,
        kind.title.kk,
        kind.title.ru,
        regulation.title.kk,
        regulation.title.ru,
        regulation.issuer.kk,
        regulation.issuer.ru,
        OFFICIAL.name,
        "Басшы",
        "Руководитель",
        *day(NOW.date()).values(),
        f"№ {regulation.act.number}",
        regulation.act.authority.kk,
        regulation.act.authority.ru,
        f"{CHECK}/documents/{case.number}",
        "заңдық күші жоқ",
        "юридической силы не имеет",
        "электрондық құжат қол қойылған қағаз құжатпен бірдей күшке ие",
        "ту же силу, что и подписанный документ",
        *WORDS[kind.kind_of_paper],
    ]
    if kind.decision == "denied":
        expected += [GROUNDS, "Бас тарту негіздері", "Основания отказа"]
    else:
        expected += [
            str(case.form[field.name]) for field in regulation.form if field.on_paper and field.name in case.form
        ]
    for words in expected:
        assert squeezed(words) in text, words
    for other, (kk, ru) in WORDS.items():
        if other != kind.kind_of_paper:
            assert squeezed(kk) not in text
            assert squeezed(ru) not in text
    assert witness.pages(path) == 1
    assert witness.claims(pdf) == ("3", "B")
    witness.sound(path)
    request = request_document(case)
    assert witness.files(path) == {
        "request.json": request,
        "request.p7s": bytes(range(256)) * 4,
        "result.json": result_document(regulation, case, OFFICIAL.iin),
    }
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in witness.fonts(path))


def test_every_kind_of_paper_has_a_form_and_no_other_has() -> None:
    assert {path.stem for path in (TEMPLATES / "forms").glob("*.typ")} == set(PAPERS) == set(WORDS)
    used = {kind.kind_of_paper for regulation in CATALOGUE for kind in regulation.results.values()}
    assert used == set(PAPERS)


def test_everybody_who_may_sign_has_a_name_for_what_they_are() -> None:
    signs = {
        flow.doing("decide").part("decide").by  # type: ignore[union-attr]
        for regulation in CATALOGUE
        for flow in regulation.flows.values()
        if flow.doing("decide")
    }
    assert signs <= set(PEOPLE)
    assert {performer.partition(".")[2] for performer in signs} <= set(POSITIONS)


def test_the_same_content_gives_the_same_bytes_in_any_process() -> None:
    lines = lines_by(CERTIFICATE)
    first = printed(lines, NOW)
    assert printed(lines, NOW) == first
    again = (
        "import hashlib, json, sys; from datetime import datetime; from aimaq.casework.pdf.render import printed; "
        "said, at = json.load(sys.stdin), datetime.fromisoformat(sys.argv[1]); "
        "print(hashlib.sha256(printed(said, at)).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", again, NOW.isoformat()],
        input=encoded(lines),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == hashlib.sha256(first).hexdigest()
    assert printed(lines | {"name": NAME + "."}, NOW) != first


def test_long_grounds_go_on_over_pages_that_bear_the_number(tmp_path: Path) -> None:
    grounds = "\n".join(f"{n}. Ұсынылған құжаттардың мерзімі өткен, оларды жаңарту қажет." for n in range(1, 60))
    path = written(paper_of(REFUSAL, grounds=grounds), tmp_path)
    assert witness.pages(path) > 1
    text = witness.text(path)
    number = decided(CATALOGUE.regulation(REFUSAL[0]), REFUSAL[1]).number
    assert text.count(number) >= 2 * witness.pages(path)
    for line in grounds.splitlines():
        assert squeezed(line) in squeezed(text)


@pytest.mark.parametrize("name", [LONG_NAME, "ЛИ А", "Ә Ғ Қ Ң Ө Ұ Ү Һ І ә ғ қ ң ө ұ ү һ і", "O'Brien-Šmíd Zoë"])
def test_names_of_any_length_and_letters_of_the_country_are_shown_whole(name: str, tmp_path: Path) -> None:
    for result in (CERTIFICATE, REFUSAL):
        path = tmp_path / f"{result[1]}.pdf"
        path.write_bytes(paper_of(result, name=name))
        assert squeezed(witness.raw_text(path)).count(squeezed(name)) == 3
        assert witness.pages(path) == 1


def test_an_organisation_is_named_by_its_bin(tmp_path: Path) -> None:
    result = ("archive-certificate-2012", "certificate")
    path = written(paper_of(result, bin="100140000003", organisation="ЖШС «Сынақ»"), tmp_path)
    text = squeezed(witness.raw_text(path))
    assert squeezed("БСН 100140000003") in text
    assert squeezed("БИН 100140000003") in text
    assert IIN not in text
    assert squeezed("ЖШС «Сынақ»") in text


def test_printing_loads_nothing_before_it_is_wanted() -> None:
    code = (
        "import sys; from aimaq.casework.pdf import content, render; from aimaq.eds import pades; "
        "from lea_svc import app as lea; "
        "from portal_svc import app as portal; print(sorted({'typst', 'segno', 'pyhanko'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_regulation_that_says_nothing_of_papers_has_them_all_the_same(tmp_path: Path) -> None:
    plain = CATALOGUE.regulation(CERTIFICATE[0])
    results = {name: replace(result, paper="") for name, result in plain.results.items()}
    regulation = replace(plain, issuer=None, results=results)
    for name, form in ((CERTIFICATE[1], "document"), ("refusal", "refusal")):
        written = content(regulation, decided(regulation, name), OFFICIAL, CHECK)
        assert (written["form"], written["issuer"]["kk"]) == (form, plain.act.authority.kk)
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(printed(written, NOW))
        assert squeezed(WORDS[form][0]) in squeezed(witness.raw_text(path))
