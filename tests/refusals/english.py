"""What is English in a text for a reader of Kazakh or Russian: Latin words that name no technical thing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from aimaq.regulation.model.registers import REGISTERS
from aimaq.regulation.model.vocabulary import ROLES

_QUOTED = re.compile(r"'[^']*'|`[^`]*`|«[^»]*»")
"""What is quoted: from the input, from the act, or a name of the API."""

_NAME = re.compile(r"https?://\S+|\S*[A-Za-z]+[_/.=]\w\S*|\S*\d\S*")
"""What no sentence has: a path, a dotted name, a word with a digit in it."""

_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")

TECHNICAL = frozenset(
    (
        "AIMAQ_REGISTRY_URL",
        "API",
        "AUTH",
        "Authorization",
        "Bearer",
        "CMS",
        "Content-Type",
        "DER",
        "ECDSA",
        "EN",
        "HTTP",
        "JSON",
        "NCALayer",
        "OCSP",
        "PEM",
        "PDF",
        "PKCS",
        "RSA",
        "SHA",
        "UTC",
        "UUID",
        "X",
        "content-type",
        "message-digest",
        "signing-certificate",
        "iin",
        "bin",
        "after",
        "false",
        "true",
        "rate",
    )
)
"""Formats, algorithms, headers, and the fields that a text of its own speaks of."""


@cache
def names() -> frozenset[str]:
    """The names that stand in the regulations, in requests and in registers: results, ends, roles, fields, parties."""
    found = {*PARTIES, *ROLES, *REGISTERS, "provider", "akim", "granted", "denied", "decision", "letter", "result"}
    for regulation in Catalogue.bundled():
        found |= {*regulation.results, *(field.name for field in regulation.form)}
        for flow in regulation.flows.values():
            found |= {*flow.ends, flow.channel}
            for step in flow.steps.values():
                found |= {part.does for part in step.parts}
                found |= {word for part in step.parts for fields in part.requires.values() for word in fields}
                found |= {w for p in step.parts for fields in p.requires.values() for ws in fields.values() for w in ws}
    return frozenset(found)


def english(text: str, fields: Iterable[str] = ()) -> list[str]:
    """The English words in a text; `fields` are those that the refusal names by itself."""
    own = {part for field in fields for part in (field, *field.split("."))}
    for field in sorted(own, key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(field)}(?![\w-])", " ", text)
    plain = _NAME.sub(" ", _QUOTED.sub(" ", text))
    return [word for word in _WORD.findall(plain) if word not in TECHNICAL and word not in names()]


def texts(document: dict[str, object]) -> Iterator[str]:
    """Everything in a problem document, or among the findings of another, that is written for its reader."""
    if "detail" in document:
        yield str(document["title"])
        yield str(document["detail"])
    for name in ("findings", "errors"):
        listed = document.get(name)
        for one in listed if isinstance(listed, list) else []:
            yield str(one["detail"]) if isinstance(one, dict) else str(one)


def fields_of(document: dict[str, object]) -> list[str]:
    """The fields that a problem document names."""
    listed = document.get("errors")
    several = [str(one["field"]) for one in listed] if isinstance(listed, list) else []
    return [str(document.get("field") or ""), *several]
