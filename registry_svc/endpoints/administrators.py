"""The HTTP endpoints of those who administer: accounts and roles, for an administrator; their sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field, WrapValidator

from aimaq.access.administration import Principal
from aimaq.access.permissions import ROLES
from aimaq.language import bounds
from aimaq.language.bounds import Characters
from aimaq.language.errors import InvalidInput, NotAllowed
from aimaq.language.iin import check_iin
from aimaq.language.signing.jws import thumbprint
from aimaq.service import Service
from aimaq.web.callers import ANYONE
from aimaq.web.callers import Administrator as Caller
from aimaq.web.front_desk.schemas import Cms
from registry_svc import texts, views
from registry_svc.administrators.accounts import Administrator, Administrators
from registry_svc.administrators.entry import Entry
from registry_svc.administrators.sessions import GATEWAY, AdministratorSessions, Opened
from registry_svc.registers.schemas import Body
from registry_svc.views import PartyName

AccountName = Annotated[str, Field(min_length=2, max_length=32, pattern=r"^[a-z][a-z.-]*[a-z]$")]
BodyName = Annotated[str, Field(max_length=64, pattern=r"^lea:[a-z][a-z0-9-]*[a-z0-9]$")]
Password = Annotated[str, bounds.Password(200, 12)]
RoleName = Annotated[str, Characters(32)]


class ByPassword(Body):
    """Whoever administers signs in with the password of their account, for one service."""

    name: Annotated[str, Characters(32)]
    password: Annotated[str, bounds.Password(200)]
    audience: PartyName


class ByCertificate(BaseModel):
    """Whoever administers signs in with their certificate, for one service: a challenge, and their CMS over it."""

    model_config = ConfigDict(extra="forbid")
    challenge: Annotated[str, Characters(200)]
    cms: Cms
    audience: PartyName


def _either(supplied: object, _: object) -> ByPassword | ByCertificate:
    signed = isinstance(supplied, dict) and not supplied.keys().isdisjoint(("challenge", "cms"))
    form = ByCertificate if signed else ByPassword
    return form.model_validate(supplied, from_attributes=True)


SignIn = Annotated[ByPassword | ByCertificate, WrapValidator(_either)]
"""Either way to sign in: which one is meant shows in the fields."""


class Renewal(Body):
    """What renews a session, as the registry gave it."""

    refresh: Annotated[str, Characters(2000)]


class Account(Body):
    """What an account is to be; `party` binds it to that party's service, null to none, and the certificate of the
    person with this `iin` opens it.

    `body` binds it to what the gateway has of that body, for the body's own staff.

    What is not sent stays as it was. A new account needs roles and a password, and is bound to nothing unless told.
    """

    roles: Annotated[list[RoleName], Field(max_length=10)] = []
    password: Password | None = None
    party: PartyName | None = None
    body: BodyName | None = None
    disabled: bool = False
    iin: Annotated[str, Characters(12)] | None = None


def router(service: Service) -> APIRouter:
    """The endpoints of those who administer."""
    api = APIRouter(tags=["administration"])
    settings, clock, signer = service.settings, service.clock, service.dependencies.signer
    administrators = Administrators(service.database, settings)
    sessions = AdministratorSessions(service.database, settings, signer, clock, administrators)
    writing = Depends(Caller(service.administration, "administrators.write"))
    entry = Entry.of(service, administrators)

    @api.post("/administrators/challenges", status_code=201, dependencies=[ANYONE])
    async def challenge(request: Request) -> views.SignInChallenge:
        """A challenge for whoever signs in with a certificate."""
        return views.SignInChallenge(*entry.challenge(request))

    @api.post("/administrators/sessions", status_code=201, dependencies=[ANYONE])
    async def sign_in(login: SignIn, request: Request) -> views.AdministrationSession:
        """Open a session at one service. Failures are limited by account and by address, as those of people are."""
        if isinstance(login, ByPassword):
            account = await entry.by_password(login.name, login.password, request)
        else:
            account = await entry.by_certificate(login.challenge, login.cms, request)
        if account.party not in (None, login.audience):
            raise NotAllowed(texts.BOUND.format(party=account.party), field="audience", rule="own party")
        if account.body is not None and login.audience != GATEWAY:
            raise NotAllowed(texts.BODY_ALONE, field="audience", rule="own body")
        return _session(sessions.open(account, login.audience))

    @api.post("/administrators/sessions/refresh", status_code=201, dependencies=[ANYONE])
    async def renew(renewal: Renewal) -> views.AdministrationSession:
        """A new token of a session, with what its account may do now; as often as one asks, while the session lasts."""
        return _session(await sessions.renew(renewal.refresh))

    @api.post("/administrators/sessions/end", status_code=204, dependencies=[ANYONE])
    async def sign_out(renewal: Renewal) -> None:
        """End a session: it is renewed no more, and a token that it has is good to its end, ten minutes at most."""
        await sessions.end(renewal.refresh)

    @api.get("/administrators", dependencies=[writing])
    async def accounts() -> list[views.AdministratorAccount]:
        """Every account of those who administer."""
        return [_shown(account) for account in await administrators.all()]

    @api.get("/administrators/roles", dependencies=[ANYONE])
    async def roles() -> list[views.RolePermissions]:
        """The roles, and what each permits."""
        return [views.RolePermissions(name, sorted(permissions)) for name, permissions in ROLES.items()]

    @api.put("/administrators/{name}")
    async def put(
        name: Annotated[AccountName, Path()], account: Account, principal: Principal = writing
    ) -> views.AdministratorAccount:
        """Make an account, or change it: roles, password, what it is bound to, whether it is disabled, who has it by
        certificate.

        What is not sent stays as it was. Who is bound to a party makes and changes accounts that are bound to it.
        """
        if unknown := sorted(set(account.roles) - ROLES.keys()):
            known = ", ".join(ROLES)
            raise InvalidInput(texts.NO_ROLE.format(role=", ".join(unknown)), field="roles", rule=known)
        if account.iin is not None:
            check_iin(account.iin, strict=settings.strict_iin, field="iin")
        members = account.model_dump(exclude_unset=True)
        return _shown(await administrators.put(name, members, within=principal.party or None))

    @api.delete("/administrators/{name}", status_code=204)
    async def remove(name: Annotated[AccountName, Path()], principal: Principal = writing) -> None:
        """Delete an account. A session that it has is good to its end, ten minutes at most."""
        await administrators.remove(name, within=principal.party or None)

    @api.get("/.well-known/jwks.json", dependencies=[ANYONE])
    async def keys() -> views.KeySet:
        """The key that sessions are signed with now (RFC 7517); the roster has its certificate, and those before."""
        key = ECKey.import_key(signer.key.public_key())
        kty, crv, x, y = (str(key.as_dict()[name]) for name in ("kty", "crv", "x", "y"))
        return views.KeySet([views.PublicKey(kty, crv, x, y, key.thumbprint(), thumbprint(signer.certificate))])

    return api


def _shown(account: Administrator) -> views.AdministratorAccount:
    return views.AdministratorAccount(
        account.name, list(account.roles), account.party, account.body, account.disabled, account.iin
    )


def _session(opened: Opened) -> views.AdministrationSession:
    return views.AdministrationSession(opened.token, opened.until, opened.refresh)
