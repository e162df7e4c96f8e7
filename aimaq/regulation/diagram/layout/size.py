"""How much room a shape and its text take, in the drawing's units; a text is measured by its letters, not its font."""

from __future__ import annotations

from textwrap import wrap

from aimaq.regulation.diagram.model import GATEWAYS, TASKS, Node

TASK = 160
"""How wide a task is; its text is as wide, less the margin."""

GATEWAY, EVENT = 50, 36
"""How wide and high a gateway and an event are, as in the usual viewers."""

LABEL = 100
"""How wide the text beside an event, a gateway or a letter is."""

LINE, SMALL = 15, 14
"""How high a line of text is on a task, and beside a shape."""

_TASK_WIDTH, _LABEL_WIDTH = 22, 16


def lines(text: str, width: int = _LABEL_WIDTH) -> list[str]:
    """The text in lines of at most so many letters, as a viewer would break it; a longer word stays whole."""
    found = [line for supplied in text.split("\n") for line in wrap(supplied, width, break_long_words=False)]
    return found or [""]


def measure(node: Node) -> tuple[int, int]:
    """How wide and how high the shape itself is."""
    if node.kind in TASKS:
        return TASK, max(80, LINE * len(lines(node.name, _TASK_WIDTH)) + 44)
    side = GATEWAY if node.kind in GATEWAYS else EVENT
    return side, side


def label(text: str, wide: int = LABEL) -> int:
    """How high a text beside a shape or a line is, if it is so wide; 0 for none."""
    return SMALL * len(lines(text, wide * _LABEL_WIDTH // LABEL)) if text else 0


def cell(node: Node) -> tuple[int, int]:
    """How wide and how high the shape is with the text beside it, if its middle is to be the middle of the cell."""
    wide, high = measure(node)
    if node.kind in TASKS:
        return wide, high
    return max(wide, LABEL if node.name else wide + 4), high + 2 * (label(node.name) + 4)
