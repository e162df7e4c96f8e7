"""`python -m stand` is the command `aimaq`."""

from __future__ import annotations

from stand.commands.cli import main

if __name__ == "__main__":
    main()
