"""How those who administer are let in: with the password of their account, or with the certificate of its person.

Who has a certificate asks for a challenge, signs it with the key for authentication, and sends the CMS. A challenge is
used up by a sign-in that succeeds, and by nothing else. Failures are limited by account and by address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request

from aimaq.access.challenges import Challenges
from aimaq.access.signature_check import SignatureCheck
from aimaq.access.worker_pool import Asker
from aimaq.eds.findings import together
from aimaq.eds.verdict import Asked
from aimaq.eds.x509.profile import Usage
from aimaq.language.errors import NotAuthenticated, Unavailable
from aimaq.service import Service
from aimaq.web.front_desk.problems import bad_signature, unread
from aimaq.web.front_desk.rate_limit import CallLimiter, Limiter, OneAtATime
from aimaq.web.request.client import client_of
from registry_svc import models, texts
from registry_svc.administrators.accounts import Administrator, Administrators


@dataclass(frozen=True, slots=True)
class Entry:
    """The way in for those who administer."""

    service: Service
    accounts: Administrators
    signature_check: SignatureCheck
    challenges: Challenges
    by_name: Limiter
    by_address: Limiter
    calls: CallLimiter
    each: OneAtATime = field(default_factory=OneAtATime)

    @classmethod
    def of(cls, service: Service, accounts: Administrators) -> Entry:
        """The way in at the registry, which lets an account and an address fail as often as the settings say."""
        settings, clock = service.settings, service.clock
        window, span = timedelta(seconds=settings.password_lock), timedelta(seconds=settings.client_seconds)
        signature_check = SignatureCheck(settings, clock, service.dependencies.trust)
        service.closers.append(signature_check.close)
        return cls(
            service,
            accounts,
            signature_check,
            Challenges(service.database, models.challenges, settings, clock),
            by_name=Limiter(clock, most=settings.password_tries, window=window),
            by_address=Limiter(clock, most=settings.client_failures, window=window),
            calls=CallLimiter(clock, most=settings.client_calls, window=span),
        )

    def challenge(self, request: Request) -> tuple[str, datetime]:
        """A new challenge, and until when it is good; TooManyRequests if its client has to wait."""
        self.calls.attempt(f"challenges {self._client(request)}")
        return self.challenges.give()

    async def by_password(self, name: str, password: str, request: Request) -> Administrator:
        """The account of this name and password.

        NotAuthenticated if there is none, TooManyFailures if the account or the client has to wait, Unavailable if too
        many wait for their passwords to be checked.
        """
        client = self._client(request)
        self.by_address.attempt(client)
        async with self.each.of(name):
            self.by_name.attempt(name)
            try:
                account = await self.accounts.confirm(name, password, Asker(client))
            except Unavailable:  # nobody has looked at the password
                self.by_name.passed(name)
                self.by_address.passed(client)
                raise
            self.by_name.forget(name)
        self.by_address.passed(client)
        return account

    async def by_certificate(self, challenge: str, cms: bytes, request: Request) -> Administrator:
        """The account of the person who signed a challenge.

        InvalidInput for what is no CMS, NotAuthenticated for a challenge that is not good here, a signature that does
        not hold, or somebody without an account; TooManyFailures if the client has to wait; Unavailable if nobody can
        tell whether the certificate was revoked.
        """
        client = self._client(request)
        self.by_address.attempt(client)
        try:
            account = await self._certified(challenge, cms)
        except Unavailable:
            self.by_address.passed(client)
            raise
        self.by_address.passed(client)
        return account

    async def _certified(self, text: str, cms: bytes) -> Administrator:
        challenge = self.challenges.read(text)
        verdict = await self.signature_check.examine(text.encode(), cms, Asked(usage=Usage.AUTH))
        if verdict.undecided:
            raise Unavailable(together(verdict.findings), field="cms", findings=verdict.findings)
        if unread(verdict.findings):
            raise bad_signature(verdict.findings)
        if verdict.findings:
            raise NotAuthenticated(together(verdict.findings), field="cms", findings=verdict.findings)
        iin = verdict.certificate.person.iin if verdict.certificate is not None else None
        account = await self.accounts.of_person(iin) if iin is not None else None
        if account is None or account.disabled:
            raise NotAuthenticated(texts.NO_ACCOUNT_OF_CERTIFICATE, field="cms", rule="account")
        await self.challenges.spend(challenge)
        return account

    def _client(self, request: Request) -> str:
        return client_of(request, self.service.settings.networks_of_proxies)
