"""One noun for a thing: the words that gave way to the field's own, and what holds code and documents to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.house import Finding, Module

RETIRED = {
    "parcel": "OutgoingMessage",
    "arrival": "IncomingMessage",
    "shipment": "Delivery",
    "cargo": "Publication",
    "waybill": "PendingConfirm",
    "lot": "a queued message",
    "work": "UnitOfWork",
    "turn": "ProcedureContext",
    "desk": "Procedure or FrontDesk",
    "pen": "a connection",
    "ledger": "WriteSet",
    "claim": "WriterLock",
    "tap": "FrameTransport",
    "keeper": "BlockCloser",
    "surroundings": "Dependencies",
    "around": "dependencies",
    "examiner": "SignatureCheck",
    "stamper": "TsaClient",
    "registrar": "RegistryClient",
    "bulletin": "RosterFeed",
    "waybills": "PendingConfirm",
    "parcels": "messages",
    "arrivals": "messages",
    "shipments": "deliveries",
}
"""Nouns that gave way to the field's own, each with what is said now: no name consists of one."""

IN_NO_NAME = frozenset(
    (
        "parcel",
        "arrival",
        "shipment",
        "cargo",
        "waybill",
        "desk",
        "pen",
        "ledger",
        "keeper",
        "surroundings",
        "examiner",
        "registrar",
        "bulletin",
    )
)
"""Those of them that are not even a part of a name, be it of a file: `ParcelStore`, `desks_of`, `store/ledger.py`."""

MAY_WORK = frozenset({"work", "_work"})
"""A verb: what a task runs. As a noun for one command or message inside a batch it has retired."""

RETIRED_PARTS = {
    "told": "a noun for what is reported: answer, remark, output",
    "said": "a noun for the words: text, summary, message",
    "given": "inputs, or what they are",
    "kept": "stored",
    "held": "parked, cached, or whatever state it is",
    "seen": "a noun for what was found: numbers, readings",
    "letter": "envelope, message, or character",
    "letters": "messages, or characters",
    "shape": "schema",
    "front": "front_desk",
    "door": "endpoint, or authorisation",
    "doors": "endpoints, or listeners",
    "lane": "ordering key",
    "lanes": "ordering keys",
}
"""Words that no name has as a part, in snake case or in camel case, each with what is said now."""

STANDING = re.compile(r"dead_letters?|front_desks?|given_name|prepare_letter")
"""Terms of the field, or of the acts, that have such a word in them."""

DRAWN = (
    "aimaq/regulation/diagram/*",
    "conformance/axis/*",
    "stand/show/*",
    "tests/conformance/axis/*",
    "tests/regulation/test_diagram.py",
)

ELSEWHERE = {
    "given": (  # a given name: fields of REST
        "registry_svc/registers/schemas.py",
        "registry_svc/endpoints/nca.py",
        "tests/registry/test_ncanode_signing.py",
        "tests/web/staff.py",
    ),
    "given_ru": ("registry_svc/registers/schemas.py",),
    "given_at": ("aimaq/web/front_desk/schemas.py", "aimaq/web/front_desk/router.py"),  # a field of REST
    "letter": ("aimaq/web/front_desk/actions.py",),  # the covering letter of an act
    "shape": ("aimaq/regulation/diagram/*",),  # a BPMNShape, as BPMN 2.0 calls it
    "lane": DRAWN,  # of a BPMN diagram, and of the time axis
    "lanes": DRAWN,
}
"""Where a name may be one of those words, for there it is the field's own."""


def names_in(module: Module) -> Iterator[tuple[int, str]]:
    """Every name that the module gives or uses, with its line; tests' own names are sentences, and left out.

    Its folders and its file are among them: a module is a name, too.
    """
    yield from ((1, part.removeprefix("test_")) for part in module.path.removesuffix(".py").split("/"))
    for node in module.nodes:
        line = getattr(node, "lineno", 0)
        for field in ("id", "arg", "attr", "name", "asname", "rest"):
            name = getattr(node, field, None)
            if isinstance(name, str) and not name.startswith("test_"):
                yield line, name.rpartition(".")[2]


def no_retired_word(module: Module) -> Iterator[Finding]:
    """A name that the table of words retired does not come back."""
    for line, name in names_in(module):
        plain = name.strip("_").lower()
        if name not in MAY_WORK and (noun := RETIRED.get(plain)):
            yield line, f"{name}: say {noun}"
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).strip("_").lower()
        for part in STANDING.sub("", snake).split("_"):
            if (noun := part if part in IN_NO_NAME else part.removesuffix("s")) in IN_NO_NAME and plain != noun:
                yield line, f"{name}: say {RETIRED[noun]}"
            if part in RETIRED_PARTS and not _belongs(module, snake, part):
                yield line, f"{name}: say {RETIRED_PARTS[part]}"


def _belongs(module: Module, snake: str, part: str) -> bool:
    if part == "given" and snake == part and module.imported.get(part, "").startswith("hypothesis."):
        return True
    return module.matches(ELSEWHERE.get(snake, ())) or (
        part in ("lane", "lanes", "shape") and module.matches(ELSEWHERE[part])
    )


RETIRED_TERMS = {
    r"parcels?": "message",
    r"waybills?": "pending confirm",
    r"shipments?": "delivery",
    r"pens?": "writer connection",
    r"ledgers?": "write set",
    r"examiners?": "signature check",
    r"stampers?": "TSA client",
    r"registrars?": "registry client",
    r"bulletins?": "roster feed",
    r"surroundings": "dependencies",
    r"doors?": "endpoint, or API",
    r"whoever": "who, or the one who",
    r"of late": "recently",
    r"for good": "permanently",
    r"told of": "a verb of its own: reported, named",
    r"goes when": "is deleted once",
    r"said of": "a verb of its own",
    r"made flesh": "created",
}
"""Nouns and turns of speech that documents do not use, as patterns, each with what is said now."""


def retired_terms(text: str) -> list[str]:
    """Those in a text, each with its line and what is said now; what stands in code is not looked at."""
    found = []
    text = re.sub(r"```.*?```", lambda fence: "\n" * fence[0].count("\n"), text, flags=re.DOTALL)
    for number, line in enumerate(text.splitlines(), 1):
        prose = re.sub(r"`[^`]*`", "", line)
        for pattern, noun in RETIRED_TERMS.items():
            if match := re.search(rf"\b(?:{pattern})\b", prose, re.IGNORECASE):
                found.append(f"{number}: {match[0]!r}: say {noun}")
    return found
