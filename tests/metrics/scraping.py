"""The figures of a service as a scraper reads them."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

Figures = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


class Scrape:
    """One answer of `/metrics`, read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """The value of one series; 0 if there is none, as of a counter that never counted."""
        return self._values.get((name, frozenset(labels.items())), 0.0)

    def series(self, name: str) -> list[dict[str, str]]:
        """The labels of all series of a name."""
        return [dict(labels) for found, labels in self._values if found == name]


async def scraped(client: httpx.AsyncClient, token: Mapping[str, str], url: str = "") -> Scrape:
    """The figures of a service now: of the client's own, or of the one at an address."""
    answer = await client.get(f"{url}/metrics", headers=dict(token))
    assert answer.status_code == 200, answer.text
    return Scrape(answer.text)
