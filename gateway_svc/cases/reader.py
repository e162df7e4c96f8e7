"""How the cases are read: one search and one list of deadlines, for the REST API and for the console's pages."""

from __future__ import annotations

from dataclasses import replace

from aimaq.service import Service
from gateway_svc.cases.forecast import own_waiting
from gateway_svc.cases.medians import Medians
from gateway_svc.cases.pressing import pressing
from gateway_svc.cases.query import CaseQuery, DeadlineQuery, Filters, checked, due_first
from gateway_svc.cases.search import counted, search
from gateway_svc.cases.standing import Limits
from gateway_svc.cases.views import CasePage, DeadlinePage, FoundCase, found_case


class CaseReader:
    """The cases of a gateway, as whoever may see them finds them. `medians` tells how long steps take."""

    def __init__(self, service: Service, medians: Medians) -> None:
        self.service, self.medians = service, medians
        self.limits = Limits(service.catalogue)

    async def found(self, query: CaseQuery) -> CasePage:
        """A page of a search; InvalidInput for a filter that cannot be meant, and for a forged cursor."""
        filters = checked(query, self.service.catalogue, strict=self.service.settings.strict_iin)
        now = self.service.clock.now()
        page = await search(self.service, filters, query.cursor, query.limit, now)
        items = [found_case(case, self.limits, now) for case in page.cases]
        return CasePage(items, page.next, page.count, page.exact)

    async def count(self, filters: Filters) -> int:
        """How many cases the filters let through, up to the bound of a count."""
        return (await counted(self.service, filters, self.service.clock.now()))[0]

    async def late(self) -> int:
        """How many limits have run out, up to the bound of a count."""
        return await self.count(Filters(late=True))

    async def marks(self, most: int) -> list[FoundCase]:
        """Of each state the cases whose limits are nearest to now, `most` of each: what a picture of them shows."""
        now, found = self.service.clock.now(), list[FoundCase]()
        for filters in (Filters(late=True), Filters(near=True), Filters(limited=True, late=False, near=False)):
            due = replace(filters, order="due")
            page = await search(self.service, due, None, most, now, counting=False)
            found += [found_case(case, self.limits, now) for case in page.cases]
        return found

    async def deadlines(self, query: DeadlineQuery) -> DeadlinePage:
        """A page of the limits that run; errors as for `found`. What links wait is the gateway's own outbox."""
        filters, waiting = due_first(query, self.service.catalogue), await own_waiting(self.service)
        return await pressing(self.service, filters, query.cursor, query.limit, self.medians, self.limits, waiting)
