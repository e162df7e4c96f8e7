"""Aimaq, the kernel: the language of the regulations and the machinery that carries their messages.

Nothing in this package knows a service or the stand; `docs/design.md` says which part may know which.
"""

__version__ = "0.1.0"
