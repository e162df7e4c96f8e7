"""How a person is let in at a front desk: with IIN and password, or with an authentication certificate.

Whoever has a certificate asks for a challenge, signs it with the key for authentication, and sends the CMS instead of
the password. A challenge is used up by a sign-in that succeeds, and by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from aimaq.access.challenges import Challenges
from aimaq.eds.findings import Finding
from aimaq.eds.x509.profile import Role, Usage
from aimaq.eds.verdict import Asked
from aimaq.language.errors import AlreadyThere, NotAuthenticated, Texts, Unavailable
from aimaq.access.signature_check import Examiner
from aimaq.web.front_desk import words
from aimaq.web.front_desk.schemas import ByCertificate, ByPassword, NewUser
from aimaq.web.front_desk.rate_limit import Limiter
from aimaq.language.iin import check_iin
from aimaq.service import Service
from aimaq.access.users import User, Users

REMEMBERED = 16384
"""IINs whose failures are remembered: those that failed last."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """Whoever asks to be let in: the IIN they claim, who that is here, and why they are not let in, if they are not."""

    iin: str
    user: User | None
    why: str = ""
    text: Texts | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def known(self) -> bool:
        """Whether they have shown who they are."""
        return not self.why

    @property
    def told(self) -> list[dict[str, object]] | None:
        """What is wrong with their signature, as it is told over HTTP; None if they gave none, or nothing is."""
        return [finding.told() for finding in self.findings] or None

    def refusal(self, field: str | None = None) -> NotAuthenticated:
        """Why they are not let in, as a problem; `field` is where they said who they are."""
        refused = NotAuthenticated(self.text or self.why, field=field)
        refused.more |= {name: told for name, told in (("text", self.text), ("findings", self.told)) if told}
        return refused


@dataclass(frozen=True, slots=True)
class Entry:
    """The way in at one desk. `staffed` tells whether role and organisation are asked of certificates."""

    service: Service
    users: Users
    examiner: Examiner
    challenges: Challenges
    staffed: bool
    limiter: Limiter

    @classmethod
    def of(cls, service: Service, users: Users, examiner: Examiner, challenges: Challenges, *, staffed: bool) -> Entry:
        """The way in at a service, which lets an IIN fail as often as the settings say."""
        most, window = service.settings.password_tries, timedelta(seconds=service.settings.password_lock)
        limiter = Limiter(service.clock, most=most, window=window, clients=REMEMBERED)
        return cls(service, users, examiner, challenges, staffed, limiter)

    def asked(self, usage: Usage, iin: str | None = None) -> Asked:
        """What is asked of a signature here: at a staffed desk the role and the organisation that the settings name."""
        settings = self.service.settings
        roles = settings.roles_of_staff if self.staffed else frozenset[Role]()
        return Asked(iin=iin, bin=settings.bin_of_staff if self.staffed else None, roles=roles, usage=usage)

    async def entrant(self, login: ByPassword | ByCertificate, field: str = "") -> Entrant:
        """Whoever signs in, known or not; `field` stands before the names of the login's fields.

        InvalidInput for what is no IIN, TooManyFailures if the IIN has to wait, NotAuthenticated for a challenge that
        is not good here and for a signature that names nobody, Unavailable if only that cannot be told whether the
        certificate was revoked.
        """
        if isinstance(login, ByPassword):
            return await self._by_password(self._iin(login.iin, f"{field}iin"), login.password)
        return await self._by_certificate(login, field)

    async def register(self, new: NewUser, *, known: bool) -> User:
        """Register a person; with `known` the administrator does, and what they failed before is forgotten.

        AlreadyThere for an IIN that is registered with another password, which counts as a failure to sign in.
        """
        iin = self._iin(new.iin, "iin")
        if not known:
            self.limiter.admit(iin)
        try:
            user = await self.users.register(iin, new.name, new.password, new.roles, met=known)
        except AlreadyThere:
            self.limiter.failed(iin)
            raise
        if known:
            self.limiter.forget(iin)
        return user

    async def _by_password(self, iin: str, password: str) -> Entrant:
        self.limiter.admit(iin)
        user, known = await self.users.check(iin, password)
        if not known:
            self.limiter.failed(iin)
            return Entrant(iin, user, words.WRONG_LOGIN["en"], words.WRONG_LOGIN)
        self.limiter.admit(iin)  # so many others may have failed meanwhile that this one does not count
        self.limiter.forget(iin)
        return Entrant(iin, user)

    async def _by_certificate(self, login: ByCertificate, field: str) -> Entrant:
        challenge = self.challenges.read(login.challenge, f"{field}challenge")
        verdict = await self.examiner.examine(login.challenge.encode(), login.cms, self.asked(Usage.AUTH))
        if verdict.undecided:
            raise Unavailable("; ".join(map(str, verdict.findings)), field=f"{field}cms", findings=verdict.told())
        iin = verdict.certificate.person.iin if verdict.certificate is not None else None
        wrong = "; ".join(map(str, verdict.findings))
        if iin is None:
            text = None if wrong else words.NAMELESS
            raise Entrant("", None, wrong or words.NAMELESS["en"], text, verdict.findings).refusal(f"{field}cms")
        user = await self.users.find(self._iin(iin, f"{field}cms"))
        if wrong:
            return Entrant(iin, user, wrong, None, verdict.findings)
        if user is None:
            return Entrant(iin, None, words.NOBODY["en"], words.NOBODY)
        await self.challenges.spend(challenge, f"{field}challenge")
        return Entrant(iin, user)

    def _iin(self, value: str, field: str) -> str:
        check_iin(value, strict=self.service.settings.strict_iin, field=field)
        return value
