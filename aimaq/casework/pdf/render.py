"""The renderer: a paper's content laid out by typst as PDF/A-3b (ISO 19005-3), in the two languages.

Only the fonts that typst brings along are used, so that a paper looks the same wherever it is printed.
"""

from __future__ import annotations

import re
import threading
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from aimaq.casework.pdf.content import encoded
from aimaq.language.errors import InvalidInput
from aimaq.language.texts import Texts

TEMPLATES = Path(__file__).parent / "templates"
STANDARD = "a-3b"

_one_at_a_time = threading.Lock()
_MISSING_GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed", re.DOTALL)


def printed(wording: dict[str, Any], at: datetime) -> bytes:
    """The paper that says this, dated `at`; the same content and time give the same bytes.

    InvalidInput names the letters that the paper's fonts do not have. It takes some milliseconds of a core; the first
    paper of a process takes longer.
    """
    import typst  # it and its fonts are loaded where papers are printed, and only there

    with _one_at_a_time:
        try:
            made = _compiler().compile(
                format="pdf",
                pdf_standards=STANDARD,
                sys_inputs={"paper": encoded(wording)},
                timestamp=int(at.timestamp()),
            )
        except typst.TypstError as error:
            if characters := list(dict.fromkeys(_MISSING_GLYPH.findall(error.diagnostic))):
                raise _unprintable(wording, characters) from None
            raise
    assert isinstance(made, bytes)
    return made + b"\n"  # what is appended to a PDF begins on a line of its own


@cache
def _compiler() -> Any:
    import typst

    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(input=TEMPLATES / "main.typ", root=TEMPLATES, font_paths=fonts)


NO_GLYPHS = Texts(
    kk="құжат қаріпінде мына таңбалар жоқ: '{characters}'; {field} өрісін қазақ, орыс немесе латын әріптерімен жазыңыз",
    ru="в шрифте документа нет знаков: '{characters}'; напишите {field} казахскими, русскими или латинскими буквами",
    en="a paper has no letters for {characters}: write {field} in Kazakh, Russian or Latin ones",
)


def _unprintable(wording: dict[str, Any], characters: list[str]) -> InvalidInput:
    where = [
        ("name", wording["name"]),
        ("grounds", " ".join(wording["grounds"])),
        ("signer", wording["signer"]["name"]),
    ]
    field = next((name for name, text in where if any(character in text for character in characters)), "form")
    return InvalidInput(
        NO_GLYPHS.format(characters=" ".join(characters[:10]), field=field),
        field=field,
        rule="letters of the paper",
    )
