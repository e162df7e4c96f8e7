"""How a person is let in at a front desk: with IIN and password, or with an authentication certificate.

Whoever has a certificate asks for a challenge, signs it with the key for authentication, and sends the CMS instead of
the password. A challenge is used up by a sign-in that succeeds, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import Request

from aimaq.access.challenges import Challenge, Challenges
from aimaq.access.signature_check import SignatureCheck
from aimaq.access.users import Proof, User, Users
from aimaq.access.worker_pool import Asker
from aimaq.eds.findings import Finding, together
from aimaq.eds.verdict import Asked
from aimaq.eds.x509.profile import Role, Usage
from aimaq.language.errors import AlreadyThere, NotAllowed, NotAuthenticated, Unavailable
from aimaq.language.iin import check_iin
from aimaq.language.texts import Texts
from aimaq.service import Service
from aimaq.web.front_desk import texts
from aimaq.web.front_desk.problems import bad_signature, unread
from aimaq.web.front_desk.rate_limit import CallLimiter, Limiter, OneAtATime
from aimaq.web.front_desk.schemas import ByCertificate, ByPassword, NewUser
from aimaq.web.request.client import Network, client_of

REMEMBERED = 16384
"""IINs whose failures are remembered: those that failed last."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """Whoever asks to be let in: the IIN they claim, who that is here, and why they are not let in, if they are not."""

    iin: str
    user: User | None
    why: Texts | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def known(self) -> bool:
        """Whether they have shown who they are."""
        return self.why is None

    def refusal(self, field: str | None = None) -> NotAuthenticated:
        """Why they are not let in, as a problem; `field` is where they said who they are."""
        refused = NotAuthenticated(self.why, field=field, findings=self.findings)
        if self.why is not None and not self.findings:
            refused.more["text"] = self.why.as_dict()
        return refused


@dataclass(frozen=True, slots=True)
class Entry:
    """The way in at one desk. `staffed` tells whether role and organisation are asked of certificates.

    `limiter` counts the failures of an IIN, `addresses` those of a client's address, `calls` what anybody may call.
    `proxies` are those that are believed whose call it is.
    """

    service: Service
    users: Users
    signature_check: SignatureCheck
    challenges: Challenges
    staffed: bool
    limiter: Limiter
    addresses: Limiter
    calls: CallLimiter
    proxies: Sequence[Network]
    turns: OneAtATime = field(default_factory=OneAtATime)

    @classmethod
    def of(
        cls, service: Service, users: Users, signature_check: SignatureCheck, challenges: Challenges, *, staffed: bool
    ) -> Entry:
        """The way in at a service, which lets an IIN and an address fail as often as the settings say."""
        settings, clock = service.settings, service.clock
        window, span = timedelta(seconds=settings.password_lock), timedelta(seconds=settings.client_seconds)
        limiter = Limiter(clock, most=settings.password_tries, window=window, clients=REMEMBERED)
        addresses = Limiter(clock, most=settings.client_failures, window=window, clients=REMEMBERED)
        calls = CallLimiter(clock, most=settings.client_calls, window=span, clients=REMEMBERED)
        proxies = settings.networks_of_proxies
        return cls(service, users, signature_check, challenges, staffed, limiter, addresses, calls, proxies)

    def asked(self, usage: Usage, iin: str | None = None) -> Asked:
        """What is asked of a signature here: at a staffed desk the role and the organisation that the settings name."""
        settings = self.service.settings
        roles = settings.roles_of_staff if self.staffed else frozenset[Role]()
        return Asked(iin=iin, bin=settings.bin_of_staff if self.staffed else None, roles=roles, usage=usage)

    def called(self, request: Request, path: str) -> None:
        """Count a call of what anybody may call; TooManyRequests if its client has to wait."""
        self.calls.attempt(f"{path} {self.client(request)}")

    def client(self, request: Request) -> str:
        """The address of whoever calls, behind the proxies that the settings trust."""
        return client_of(request, self.proxies)

    async def entrant(
        self, login: ByPassword | ByCertificate, request: Request, field: str = "", *, known: bool = False
    ) -> Entrant:
        """Whoever signs in, known or not; `field` stands before the names of the login's fields.

        `known` tells that they are signed in already, and go before strangers where many wait.

        InvalidInput for what is no IIN and no CMS, TooManyFailures if the IIN or the client's address has to wait,
        NotAuthenticated for a challenge that is not good here and for a signature that names nobody, NotAllowed for an
        account that is disabled, Unavailable if only that cannot be told whether the certificate was revoked, or if too
        many wait for their passwords to be checked.

        Whoever comes with a certificate to an account that was not proved has it from now on: its password, of which
        nobody knows whose it is, opens it no more.
        """
        client = self.client(request)
        self.addresses.attempt(client)  # a failure until it is none: those under way count together
        try:
            if isinstance(login, ByPassword):
                found = await self._by_password(
                    self._iin(login.iin, f"{field}iin"), login.password, Asker(client, known)
                )
            else:
                found = await self._by_certificate(login, field)
        except Unavailable:
            self.addresses.passed(client)
            raise
        if found.known:
            self.addresses.passed(client)
            if found.user is not None and found.user.disabled:
                raise NotAllowed(texts.DISABLED)
        return found

    async def register(self, new: NewUser, request: Request, *, by_administrator: bool) -> User:
        """Register a person, who may bring a certificate; what the administrator registers may have failed before.

        AlreadyThere for an IIN that is registered with another password, which counts as a failure to sign in.
        """
        iin = self._iin(new.iin, "iin")
        by: Proof = "administrator" if by_administrator else ""
        if not by and (login := new.certificate) is not None:
            await self.prove(iin, login)
            by = "certificate"
        async with self.turns.of(iin):
            if not by:
                self.limiter.admit(iin)
            try:
                asker = Asker(self.client(request), known=bool(by))
                user = await self.users.register(iin, new.name, new.password, new.roles, by=by, asker=asker)
            except AlreadyThere:
                self.limiter.failed(iin)
                raise
            if by:
                self.limiter.forget(iin)
            return user

    async def prove(self, iin: str, login: ByCertificate) -> None:
        """Use up a challenge that the owner of this IIN has signed; NotAuthenticated if it is not they."""
        challenge, owner, why, findings = await self._certified(login, "")
        if why is not None:
            raise Entrant(iin, None, why, findings).refusal("cms")
        if owner != iin:
            raise NotAuthenticated(texts.ANOTHERS_CERTIFICATE, field="cms", rule="own certificate")
        await self.challenges.spend(challenge)

    async def confirm(self, iin: str, password: str, request: Request) -> None:
        """See that this is the password of whoever is signed in; NotAuthenticated if not, which counts as a failure."""
        entrant = await self.entrant(ByPassword(iin=iin, password=password), request, known=True)
        if not entrant.known:
            raise entrant.refusal("current")

    async def _by_password(self, iin: str, password: str, asker: Asker) -> Entrant:
        # One after the other: of a crowd of guesses at one password no more are looked at than of a row of them.
        async with self.turns.of(iin):
            self.limiter.admit(iin)
            user, known = await self.users.check(iin, password, asker)
            if not known:
                self.limiter.failed(iin)
                return Entrant(iin, user, texts.WRONG_LOGIN)
            self.limiter.forget(iin)
            return Entrant(iin, user)

    async def _by_certificate(self, login: ByCertificate, field: str) -> Entrant:
        challenge, iin, why, findings = await self._certified(login, field)
        user = await self.users.find(iin)
        if why is not None:
            return Entrant(iin, user, why, findings)
        if user is None:
            return Entrant(iin, None, texts.NOBODY)
        await self.challenges.spend(challenge, f"{field}challenge")
        if not user.proof:
            user = await self.users.prove(iin)
        return Entrant(iin, user)

    async def _certified(
        self, login: ByCertificate, field: str
    ) -> tuple[Challenge, str, Texts | None, tuple[Finding, ...]]:
        """The challenge that was signed, the IIN in the certificate, and what is wrong with the signature, if it is."""
        challenge = self.challenges.read(login.challenge, f"{field}challenge")
        verdict = await self.signature_check.examine(login.challenge.encode(), login.cms, self.asked(Usage.AUTH))
        if verdict.undecided:
            raise Unavailable(together(verdict.findings), field=f"{field}cms", findings=verdict.findings)
        if unread(verdict.findings):
            raise bad_signature(verdict.findings, f"{field}cms")
        iin = verdict.certificate.person.iin if verdict.certificate is not None else None
        wrong = together(verdict.findings) if verdict.findings else None
        if iin is None:
            raise Entrant("", None, wrong or texts.NAMELESS, verdict.findings).refusal(f"{field}cms")
        return challenge, self._iin(iin, f"{field}cms"), wrong, verdict.findings

    def _iin(self, value: str, field: str) -> str:
        check_iin(value, strict=self.service.settings.strict_iin, field=field)
        return value
