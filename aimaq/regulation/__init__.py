"""The regulations as data: what an act prescribes, read from its file, checked, walked and exported.

Pure: it knows the message types and the errors, and no database, broker or service.
"""

from __future__ import annotations

from aimaq.language.texts import Texts
from aimaq.regulation.catalogue import Catalogue
from aimaq.regulation.model.act import (
    Act,
    Clause,
    Contact,
    Field,
    Intake,
    Question,
    Reading,
    Regulation,
    Result,
    StructuralUnit,
    Term,
)
from aimaq.regulation.model.flow import END, Copy, End, Evidence, Flow, Limit, Norm, Part, Step, party_of

__all__ = [
    "END",
    "Act",
    "Catalogue",
    "Clause",
    "Contact",
    "Copy",
    "End",
    "Evidence",
    "Field",
    "Flow",
    "Intake",
    "Limit",
    "Norm",
    "Part",
    "Question",
    "Reading",
    "Regulation",
    "Result",
    "Step",
    "StructuralUnit",
    "Term",
    "Texts",
    "party_of",
]
