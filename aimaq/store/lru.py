"""A bounded cache: the values of the keys used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """The values of the keys used last, `most` of them."""

    def __init__(self, most: int) -> None:
        self._values: OrderedDict[str, V] = OrderedDict()
        self._most = most

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: str) -> V | None:
        """The value of a key, if it is still remembered."""
        return self._values.get(key)

    def put(self, key: str, value: V) -> None:
        """Remember a value; the one unused for longest is dropped when there are too many."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def drop(self, keys: Iterable[str]) -> None:
        """Forget these keys."""
        for key in keys:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
