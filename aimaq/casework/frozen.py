"""Read-only values: what a frozen record holds cannot be changed through it, however deep it lies."""

from __future__ import annotations

from typing import Any, NoReturn


class Frozen(dict[str, Any]):
    """A mapping that cannot be changed. It is a `dict`, so that what writes JSON takes it as it is."""

    __slots__ = ()

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError("this mapping is frozen: assign a new one to the draft that it belongs to")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


EMPTY = Frozen()
"""No entries."""


def frozen(value: Any) -> Any:
    """The same value with read-only mappings and tuples for the mappings and lists in it."""
    kind = type(value)
    if kind is dict:
        if not value:
            return EMPTY
        fixed = Frozen(value)
        for name, one in value.items():
            if type(one) is dict or type(one) is list:
                dict.__setitem__(fixed, name, frozen(one))
        return fixed
    return tuple(map(frozen, value)) if kind is list else value
