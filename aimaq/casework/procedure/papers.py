"""The signed papers of a case, and its result as a PDF: how they are kept beside it."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from aimaq.casework.procedure.context import Paper
from aimaq.casework.unit_of_work import UnitOfWork


def keep(table: sa.Table, uow: UnitOfWork, kind: str, paper: Paper) -> None:
    """Keep a signed paper of the case in `table`: its `request`, its `result`, or a paper of the body's own."""
    case_id = uow.known_case().case_id
    uow.insert(table, {"case_id": case_id, "kind": kind, "document": paper[0], "signature": paper[1]})


def keep_pdf(table: sa.Table, uow: UnitOfWork, pdf: bytes) -> None:
    """Keep the result of the case as a signed PDF, if it is there as one, in the table of issued papers."""
    if not pdf:
        return
    case = uow.known_case()
    case.pdf_digest = hashlib.sha256(pdf).hexdigest()
    whose = {"iin": case.iin, "bin": str(case.form.get("bin") or "")}
    uow.insert(table, {"case_id": case.case_id, "number": case.number, "pdf": pdf} | whose)
