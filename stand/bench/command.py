"""placeholder"""


def bench() -> None:
    """Placeholder."""
