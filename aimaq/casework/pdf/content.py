"""What stands on a result's paper: plain data, which the template lays out and never takes for markup."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from aimaq.casework.case import Case
from aimaq.casework.documents import result_document, result_of
from aimaq.casework.pdf.words import InTwo, basis, day, instant, position
from aimaq.regulation import Regulation
from aimaq.regulation.calendar import ALMATY

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

    def as_dict(self) -> dict[str, Any]:
        """The file as the template takes it: text as text, which is shorter, all else as numbers."""
        described: dict[str, Any] = {
            "name": self.name,
            "mime": self.mime,
            "relationship": self.relationship,
            "description": self.description,
        }
        try:
            return described | {"data": self.data.decode()}
        except UnicodeDecodeError:
            return described | {"data": list(self.data)}


def attachments(
    regulation: Regulation, case: Case, signing: Signing, request: bytes, signature: bytes | None
) -> list[Attached]:
    """The files in a result's paper: the request with the CMS over it, if it was signed, and the result as data."""
    found = [Attached("request.json", "application/json", "source", "The request / Өтініш / Заявление", request)]
    if signature is not None:
        described = "CMS over request.json / Өтінішке қойылған қолтаңба / Подпись под заявлением"
        found.append(Attached("request.p7s", "application/pkcs7-signature", "supplement", described, signature))
    data = result_document(regulation, case, signing.iin)
    described = "The result as data / Нәтиженің деректері / Данные результата"
    return [*found, Attached("result.json", "application/json", "data", described, data)]


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
            "name": printable(signing.name),
            "position": position(signing.performer),
            "at": instant(signing.at),
        },
        "check": address,
        "qr": qr(address),
        "attached": [one.as_dict() for one in attached],
    }


def printable(text: str) -> str:
    """A text in one line, without what no letter is: controls, and marks that turn the direction of the writing."""
    shown = "".join(" " if char.isspace() else char for char in text if char.isspace() or _shows(char))
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


def encoded(wording: dict[str, Any]) -> str:
    """What a paper says, as the template takes it."""
    return msgspec.json.encode(wording).decode()


def _shows(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _facts(regulation: Regulation, case: Case) -> list[dict[str, Any]]:
    """What the request says and the paper is to show: fields of the form that were filled in."""
    fields = [field for field in regulation.form if field.on_paper]
    values = [(field.label, printable(str(case.form.get(field.name) or ""))) for field in fields]
    return [{"label": _in_two(label), "value": value} for label, value in values if value]


def _in_two(texts: Any) -> InTwo:
    return {"kk": texts.kk, "ru": texts.ru}
