"""The catalogue: every regulation the stand knows, by id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from aimaq.language import errors
from aimaq.language.texts import Texts
from aimaq.regulation.files.document import Document
from aimaq.regulation.files.loading import FOLDER, built, load
from aimaq.regulation.model.act import Regulation
from aimaq.regulation.model.flow import Flow
from aimaq.regulation.model.vocabulary import nearest
from aimaq.regulation.validation.check import check_document


class Catalogue:
    """Regulations by id, in the order they were given; it does not change once made."""

    def __init__(self, regulations: Iterable[Regulation]) -> None:
        self._by_id: dict[str, Regulation] = {}
        for regulation in regulations:
            if regulation.id in self._by_id:
                raise errors.Unconfigured(f"the regulation {regulation.id} is given twice")
            self._by_id[regulation.id] = regulation

    @staticmethod
    def bundled() -> Catalogue:
        """The catalogue of the files that come with Aimaq, read once a process."""
        return _bundled()

    @classmethod
    def load(cls, paths: Iterable[Path]) -> Catalogue:
        """The catalogue of these files, and of the `*.yaml` files of these folders.

        Each file is checked as by `check`; Unconfigured, with the first mistake, if there is any.
        """
        return cls(_sound(file) for file in files(paths))

    def __iter__(self) -> Iterator[Regulation]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, name: object) -> bool:
        return name in self._by_id

    def regulation(self, name: str) -> Regulation:
        """The regulation with this id; UnknownRegulation, with the nearest id there is, if there is none."""
        try:
            return self._by_id[name]
        except KeyError:
            raise errors.UnknownRegulation(_unknown(name, nearest(name, self._by_id)), field="regulation") from None

    def flow(self, regulation: str, channel: str) -> Flow:
        """The flow of a regulation through a channel; UnknownRegulation if there is no such regulation or channel."""
        return self.regulation(regulation).flow(channel)


def _sound(file: Path) -> Regulation:
    """The regulation in this file, checked; it is read once for both."""
    try:
        document = Document(file.read_bytes())
    except OSError as error:
        raise errors.Unconfigured(f"{file}: {error.strerror or error}") from None
    if mistakes := check_document(document, str(file), file.stem):
        more = f", and {len(mistakes) - 1} more" if len(mistakes) > 1 else ""
        raise errors.Unconfigured(f"{mistakes[0]}{more}")
    return built(document, file)


def files(paths: Iterable[Path]) -> list[Path]:
    """These files, with each folder as the `*.yaml` files in it by name; Unconfigured for a folder without any."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not inside:
            raise errors.Unconfigured(f"{path}: no regulation here, no *.yaml file")
        found += inside
    return found


@cache
def _bundled() -> Catalogue:
    return Catalogue(load(file) for file in files((FOLDER,)))


_NAMED = Texts(
    kk="{unknown}: олардың атауларын шлюздің `GET /stand` жауабынан қараңыз",
    ru="{unknown}: их названия сообщает шлюз в ответ на `GET /stand`",
    en="{unknown}: `GET /stand` at the gateway names them",
)


def _unknown(name: str, near: str) -> Texts:
    unknown = Texts(
        kk="'{name}' деген регламент жоқ", ru="регламента '{name}' нет", en="no regulation '{name}'"
    ).format(name=name)
    if not near:
        return _NAMED.format(unknown=unknown)
    hint = Texts(
        kk="{unknown}; мүмкін, '{near}'?", ru="{unknown}; возможно, '{near}'?", en="{unknown}; did you mean {near}?"
    )
    return hint.format(unknown=unknown, near=near)
