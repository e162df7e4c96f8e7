"""The papers of a case as bytes to be signed: the same case gives the same bytes."""

from __future__ import annotations

import orjson

from aimaq.case import Case
from aimaq.regulation import Regulation


def request_document(case: Case) -> bytes:
    """The request as bytes to be signed: the same form gives the same bytes."""
    return orjson.dumps(
        {
            "document": "request", "case_id": case.case_id, "regulation": case.regulation, "channel": case.channel,
            "iin": case.iin, "name": case.name, "signed_by": case.person, "form": case.form,
        },
        option=orjson.OPT_SORT_KEYS,
    )  # fmt: skip


def result_document(regulation: Regulation, case: Case, signed_by: str) -> bytes:
    """The certificate or the reasoned refusal as bytes to be signed by the official whose IIN is `signed_by`."""
    kind = "certificate" if case.decision == "granted" else "refusal"
    return orjson.dumps(
        {
            "document": kind, "case_id": case.case_id,
            "regulation": case.regulation, "number": case.number, "iin": case.iin, "name": case.name,
            "title": regulation.results[kind].title.as_dict(), "grounds": case.grounds, "signed_by": signed_by,
        },
        option=orjson.OPT_SORT_KEYS,
    )  # fmt: skip
