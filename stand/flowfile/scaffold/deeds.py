"""What people do on one way through a flow, and who they are: the people and the list `do` of a flow file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aimaq.regulation import Flow, Limit, Part, Regulation, Step
from aimaq.regulation.model.vocabulary import VISITORS
from stand.flowfile.scaffold.ways import Way, limits

APPLICANT, FRIEND = "applicant", "friend"
"""The people without an account: whom the request is for, and who asks for them."""

PAST_THE_LIMIT = 2
"""Working days beyond the printed limit that a step is done where its term was extended."""

WITH: dict[tuple[str, str], dict[str, Any]] = {
    ("check-package", "incomplete"): {"missing": ["Жеке куәліктің көшірмесі"]},
    ("check-documents", "wrong"): {"faults": ["Құжаттың жарамдылық мерзімі өткен"]},
    ("extend", "ok"): {"reason": "Қосымша сұрау салу қажет"},
    ("prepare-letter", "ok"): {"text": "Көрсетілетін қызметті алушының құжаттары жолданады"},
}
"""What operations are done with whatever the regulation, by how they come out."""

GROUNDS = "Өтініште көрсетілген мәліметтер расталмады"
NO_RECORD = "Тіркелімде өтініш беруші туралы жазба жоқ"
OTHER_RECORD = "Тіркелімдегі жазба талапқа сай емес"
"""Why a request is refused: its data were not confirmed; a register has nothing on them, or the wrong thing."""


@dataclass(slots=True)
class Script:
    """One way being written down. Who takes part is known when all `happenings` have been drawn from it."""

    regulation: Regulation
    flow: Flow
    way: Way
    doers: dict[str, dict[str, Any]] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def people(self) -> dict[str, dict[str, Any]]:
        """Everyone who takes part: those who do something, in the order in which they first do, then the others."""
        return self.doers | self.others

    @property
    def subject(self) -> str:
        """Whom the request is for: the applicant, or whoever begins the case for themselves."""
        return APPLICANT if APPLICANT in self.others else next(iter(self.doers), APPLICANT)

    def happenings(self) -> Iterator[dict[str, Any]]:
        """What happens, in order: deeds, and waits where the way is slow or a term was extended."""
        found = limits(self.flow, self.way)
        for ref in self.flow.path(self.way.outcomes):
            step = self.flow.step(ref)
            if step.parts[-1].by_person:
                yield from self._wait(found.get(ref))
            yield from self._step(step, found.get(ref))

    def _step(self, step: Step, limit: Limit | None) -> Iterator[dict[str, Any]]:
        outcome = self.way.outcomes.get(step.ref, "ok")
        for part in step.parts:
            if not part.by_person:
                self._prepare_for(part, outcome)
            elif self._done(step, part):
                who = part.by.partition(".")[2]
                self.doers.setdefault(who, {"as": part.by})
                if part.does == "register-user":
                    self.doers[who]["registered"] = False
                yield self._deed(step, part, who, outcome)
                if part.does == "extend" and limit is not None and limit.max is not None:
                    yield {"wait": _span(limit.max + PAST_THE_LIMIT, limit)}
            if outcome in part.exit:
                break

    def _wait(self, limit: Limit | None) -> Iterator[dict[str, Any]]:
        """All but one of the working days that a step may take, if the way is slow."""
        if self.way.slow and limit is not None and limit.unit == "working-day" and (limit.max or 0) >= 2:
            yield {"wait": _span((limit.max or 0) - 1, limit)}

    def _done(self, step: Step, part: Part) -> bool:
        """Whether a person's part is a deed of its own on this way."""
        if part.by in VISITORS:
            return False
        if (step.optional or part.optional) and f"{step.ref}/{part.does}" not in self.way.taken:
            return False
        return not part.results or self.way.result in part.results

    def _deed(self, step: Step, part: Part, who: str, outcome: str) -> dict[str, Any]:
        alone = len(step.parts) == 1
        deed: dict[str, Any] = {"step": step.ref if alone else f"{step.ref}/{part.does}", "by": who}
        supplied = self._inputs(step, part, outcome)
        return deed | ({"with": supplied} if supplied else {})

    def _prepare_for(self, part: Part, outcome: str) -> None:
        """Make whoever came last such that a check comes out as it does."""
        if not self.doers:
            return
        last, wrong = list(self.doers.values())[-1], outcome == "wrong"
        if part.does == "check-identity" and self.way.by_certificate:
            last["login"] = "revoked-certificate" if wrong else "certificate"
        elif part.does == "check-identity" and wrong:
            last["password"] = "wrong"  # noqa: S105 - which one is typed, not what it is
        elif part.does == "check-certificate" and wrong:
            last["certificate"] = "revoked"

    def _inputs(self, step: Step, part: Part, outcome: str) -> dict[str, Any]:
        """What an operation is done with. A part comes out as its step if it is the last, or leaves the step so."""
        if (make := INPUTS.get(part.does)) is not None:
            return make(self, step, part)
        mine = outcome if part is step.parts[-1] or outcome in part.exit else "ok"
        return WITH.get((part.does, mine), {})

    def _supplement(self, step: Step, part: Part) -> dict[str, Any]:
        if "absent" in self.way.outcomes.values():
            return {"supplied": "nothing"}
        return {"supplied": "payment", "text": "Түбіртек № 1"}

    def _payment(self, step: Step, part: Part) -> dict[str, Any]:
        return {"account": self._example("account")}

    def _registration(self, step: Step, part: Part) -> dict[str, Any]:
        return self._request(step, part) if self._opens(step, part) else {}

    def _request(self, step: Step, part: Part) -> dict[str, Any]:
        form = {
            entry.name: entry.example
            for entry in self.regulation.form
            if entry.required and entry.through(self.flow.channel)
        }
        mine = part.by == "portal.citizen"
        if not mine:
            self.others[APPLICANT] = {}
        if self.way.by_proxy:
            self.others[FRIEND] = {}
            form |= {"representative_iin": f"${FRIEND}.iin", "representative_name": f"${FRIEND}.name"}
            form["power_of_attorney"] = f"${FRIEND}.power"
        if self.way.organisation:
            form |= {name: self._example(name) for name in ("bin", "organisation")}
        return ({} if mine else {"for": APPLICANT}) | {"form": form}

    def _draft(self, step: Step, part: Part) -> dict[str, Any]:
        result = self.way.result
        if result is not None and self.regulation.results[result].decision == "denied":
            grounds = NO_RECORD if self.way.lacking else OTHER_RECORD if self.way.unfit else GROUNDS
            return {"decision": "denied", "grounds": grounds}
        several = len(self.regulation.results_of("granted", self.flow.channel)) > 1
        return {"decision": "granted"} | ({"result": result} if several else {})

    def _example(self, name: str) -> str:
        return next(entry.example for entry in self.regulation.form if entry.name == name)

    def _opens(self, step: Step, part: Part) -> bool:
        """Whether the case begins with this part: nothing before it was done by someone with an account."""
        for other in self.flow.steps.values():
            for earlier in other.parts:
                if earlier is part and other is step:
                    return True
                if earlier.by not in VISITORS and earlier.does != "check-package":
                    return False
        return False


INPUTS: dict[str, Callable[[Script, Step, Part], dict[str, Any]]] = {
    "fill-form": Script._request,
    "register": Script._registration,
    "prepare": Script._draft,
    "pay": Script._payment,
    "supply": Script._supplement,
}
"""What the other operations are done with, which depends on the regulation and on the way."""


def _span(count: float, limit: Limit) -> str:
    return f"{count:g} {limit.unit.replace('-', ' ')}{'s' * (count != 1)}"
