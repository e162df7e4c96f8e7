"""A YAML file as plain data that knows on which line each of its values stands.

YAML 1.2 as far as it is plain: `no`, `on` and `2012-09-05` are words, and only `true`, `false`, `null` and numbers are
more than that. A key may not stand twice in one mapping. Anchors, aliases and tags are not taken: a line of a
regulation says all that it means.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import yaml

Place = tuple[str | int, ...]
"""Where a value stands in the data: keys of mappings and indices of lists, from the root."""

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_DEEPEST = 24
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_END = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with a file: the line (from 1), the rule it breaks, what was found."""

    line: int
    rule: str
    message: str


class Document:
    """The data of one YAML file, the lines of its values, and the faults met while reading it.

    `data` is None where the file could not be read to its end; then `faults` has the reason.
    """

    def __init__(self, content: bytes) -> None:
        self.data: Any = None
        self.faults: list[Fault] = []
        self._lines: dict[int, Any] = {}
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._fault(content[: error.start].count(b"\n"), "encoding", f"not UTF-8 at byte {error.start}")
            return
        loader = _Loader(text)
        try:
            self.data = self._read(loader.get_event)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
            self._fault(mark.line if mark else 0, "syntax", str(problem))
        finally:
            loader.dispose()

    def line(self, place: Place) -> int:
        """The line, from 1, of the key or item at this place, or of the nearest thing above it that exists."""
        here, line = self.data, 1
        for name in place:
            try:
                line, here = self._lines[id(here)][name], here[name]
            except (KeyError, IndexError, TypeError):
                break
        return line

    def _read(self, get: Any) -> Any:
        get()
        start = get()
        if isinstance(start, yaml.StreamEndEvent):
            self._fault(0, "syntax", "the file is empty")
            return None
        data = self._value(get(), get, 0)
        get()
        after = get()
        if not isinstance(after, yaml.StreamEndEvent):
            self._fault(after.start_mark.line, "syntax", "a file holds one document, here a second begins")
        if data is None and not self.faults:
            self._fault(start.start_mark.line, "syntax", "the file is empty")
        return data

    def _value(self, event: Any, get: Any, depth: int) -> Any:
        kind = type(event)
        if event.anchor is not None or (kind is not yaml.AliasEvent and event.tag is not None):
            self._fault(event.start_mark.line, "plain-yaml", "anchors, aliases and tags are not taken, write it out")
        if kind is yaml.ScalarEvent:
            return _plain(event.value) if event.implicit[0] else event.value
        if kind is yaml.AliasEvent:
            return None
        if depth == _DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"nested more than {_DEEPEST} deep", problem_mark=event.start_mark)
        if kind is yaml.MappingStartEvent:
            return self._mapping(get, depth)
        values: list[Any] = []
        lines: list[int] = []
        while type(event := get()) not in _END:
            lines.append(event.start_mark.line + 1)
            values.append(self._value(event, get, depth + 1))
        self._lines[id(values)] = lines
        return values

    def _mapping(self, get: Any, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        while type(event := get()) not in _END:
            line = event.start_mark.line
            if type(event) is yaml.ScalarEvent:
                key = event.value
            else:
                key = str(self._value(event, get, depth + 1))
                self._fault(line, "syntax", "a key must be a word")
            if key in lines:
                self._fault(line, "duplicate-key", f"{key!r} stands here again, first on line {lines[key]}")
            else:
                lines[key] = line + 1
            values[key] = self._value(get(), get, depth + 1)
        self._lines[id(values)] = lines
        return values

    def _fault(self, line: int, rule: str, message: str) -> None:
        self.faults.append(Fault(line + 1, rule, message))


def _plain(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    if (match := _NUMBER.fullmatch(word)) is None:
        return word
    return float(word) if match[2] else int(word)
