"""A flow as a diagram that is drawn from the regulation's file: BPMN 2.0 for modellers, Mermaid, SVG for pages.

`draw` says what stands in which pool and what goes between pools, `page` where; `bpmn`, `mermaid` and `svg` write it
down.
Nothing here reads a file or a clock: the same regulation gives the same bytes.
"""

from __future__ import annotations

from aimaq.regulation.diagram.draw import draw
from aimaq.regulation.diagram.formats.bpmn import bpmn
from aimaq.regulation.diagram.formats.mermaid import mermaid
from aimaq.regulation.diagram.formats.svg import svg
from aimaq.regulation.diagram.layout.page import page
from aimaq.regulation.diagram.model import Diagram

__all__ = ["Diagram", "bpmn", "draw", "mermaid", "page", "svg"]
