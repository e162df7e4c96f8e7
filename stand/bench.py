"""placeholder"""

import typer


def bench() -> None:
    """x"""
