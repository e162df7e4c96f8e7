"""What stands on a result's paper: plain data, which the template lays out and never takes for markup."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from aimaq.regulation.calendar import ALMATY
from aimaq.casework.case import Case
from aimaq.casework.documents import result_document, result_of
from aimaq.casework.pdf.words import InTwo, basis, day, instant, position
from aimaq.regulation import Regulation

LONGEST = 32 * 1024
"""Letters of one text that a paper shows; a form or a refusal cannot have as many."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs a result and as what (`lea.head`), and the instant that the paper gives as that of the signature."""

    iin: str
    name: str
    performer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside the paper. `relationship` is to the paper, as PDF/A-3 has it (ISO 32000-2, 7.11.3)."""

    name: str
    mime: str
    relationship: str
    description: str
    data: bytes

    def told(self) -> dict[str, Any]:
        """The file as the template takes it: text as text, which is shorter, all else as numbers."""
        told: dict[str, Any] = {
            "name": self.name, "mime": self.mime, "relationship": self.relationship, "description": self.description,
        }  # fmt: skip
        try:
            return told | {"data": self.data.decode()}
        except UnicodeDecodeError:
            return told | {"data": list(self.data)}


def attachments(
    regulation: Regulation, case: Case, signing: Signing, request: bytes, signature: bytes | None
) -> list[Attached]:
    """The files in a result's paper: the request with the CMS over it, if it was signed, and the result as data."""
    found = [Attached("request.json", "application/json", "source", "The request / Өтініш / Заявление", request)]
    if signature is not None:
        told = "CMS over request.json / Өтінішке қойылған қолтаңба / Подпись под заявлением"
        found.append(Attached("request.p7s", "application/pkcs7-signature", "supplement", told, signature))
    data = result_document(regulation, case, signing.iin)
    told = "The result as data / Нәтиженің деректері / Данные результата"
    return [*found, Attached("result.json", "application/json", "data", told, data)]


def content(
    regulation: Regulation, case: Case, signing: Signing, check: str, attached: Sequence[Attached] = ()
) -> dict[str, Any]:
    """All that a paper says of the result of `case`; `check` is the address of the public check of documents."""
    kind = result_of(regulation, case)
    result = regulation.results[kind]
    issuer = regulation.issuer or regulation.act.authority
    address = f"{check}/documents/{case.number}"
    return {
        "form": result.kind_of_paper,
        "number": case.number,
        "date": day(signing.at.astimezone(ALMATY).date()),
        "issuer": _in_two(issuer),
        "title": _in_two(result.title),
        "service": _in_two(regulation.title),
        "basis": basis(regulation, result.paragraph),
        "name": printable(case.name),
        "iin": case.iin,
        "bin": str(case.form.get("bin") or ""),
        "granted": result.decision == "granted",
        "grounds": paragraphs(case.grounds) if result.decision == "denied" else [],
        "facts": _facts(regulation, case) if result.decision == "granted" else [],
        "signer": {
            "name": printable(signing.name), "position": position(signing.performer), "at": instant(signing.at),
        },
        "check": address,
        "qr": qr(address),
        "attached": [one.told() for one in attached],
    }  # fmt: skip


def printable(text: str) -> str:
    """A text in one line, without what no letter is: controls, and marks that turn the direction of the writing."""
    shown = "".join(" " if letter.isspace() else letter for letter in text if letter.isspace() or _shows(letter))
    return " ".join(shown[:LONGEST].split())


def paragraphs(text: str) -> list[str]:
    """The lines of a text, each as a paragraph of its own."""
    return [line for line in map(printable, text[:LONGEST].splitlines()) if line]


def qr(address: str) -> str:
    """A QR code (ISO/IEC 18004) with an address, as SVG."""
    import segno  # wanted only where a paper is printed

    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=0, nl=False)
    return drawn.getvalue().decode()


def encoded(said: dict[str, Any]) -> str:
    """What a paper says, as the template takes it."""
    return msgspec.json.encode(said).decode()


def _shows(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _facts(regulation: Regulation, case: Case) -> list[dict[str, Any]]:
    """What the request says and the paper is to show: fields of the form that were filled in."""
    fields = [field for field in regulation.form if field.on_paper]
    values = [(field.label, printable(str(case.form.get(field.name) or ""))) for field in fields]
    return [{"label": _in_two(label), "value": value} for label, value in values if value]


def _in_two(texts: Any) -> InTwo:
    return {"kk": texts.kk, "ru": texts.ru}
