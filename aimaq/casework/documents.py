"""The papers of a case as bytes to be signed: the same case gives the same bytes."""

from __future__ import annotations

import orjson

from aimaq.casework.case import AnyCase
from aimaq.regulation import Regulation


def request_document(case: AnyCase) -> bytes:
    """The request as bytes to be signed: the same form gives the same bytes."""
    return orjson.dumps(
        {
            "document": "request",
            "case_id": case.case_id,
            "regulation": case.regulation,
            "channel": case.channel,
            "iin": case.iin,
            "name": case.name,
            "signed_by": case.person,
            "form": case.form,
        },
        option=orjson.OPT_SORT_KEYS,
    )


def result_document(regulation: Regulation, case: AnyCase, signed_by: str) -> bytes:
    """The result, or the reasoned refusal, as bytes to be signed by the official whose IIN is `signed_by`."""
    kind = result_of(regulation, case)
    return orjson.dumps(
        {
            "document": kind,
            "case_id": case.case_id,
            "regulation": case.regulation,
            "number": case.number,
            "iin": case.iin,
            "name": case.name,
            "title": regulation.results[kind].title.as_dict(),
            "grounds": case.grounds,
            "signed_by": signed_by,
        },
        option=orjson.OPT_SORT_KEYS,
    )


def inner_document(kind: str, case: AnyCase, signed_by: str) -> bytes:
    """A paper of the body's own, as bytes to be signed: the `decision` that a result rests on, a covering `letter`."""
    return orjson.dumps(
        {
            "document": kind,
            "case_id": case.case_id,
            "regulation": case.regulation,
            "number": case.number,
            "iin": case.iin,
            "name": case.name,
            "decision": case.decision,
            "grounds": case.grounds,
            "text": case.inputs.get("letter", ""),
            "signed_by": signed_by,
        },
        option=orjson.OPT_SORT_KEYS,
    )


def result_of(regulation: Regulation, case: AnyCase) -> str:
    """The name of a case's result: the one chosen, else the only one that its decision can mean in its channel."""
    return case.result or next(iter(regulation.results_of(case.decision, case.channel)), "")
