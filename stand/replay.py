"""placeholder"""


def replay() -> None:
    """x"""
