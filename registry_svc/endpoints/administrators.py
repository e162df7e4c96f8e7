"""The HTTP endpoints of those who administer: accounts and roles, for an administrator; their sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from joserfc.jwk import ECKey
from pydantic import Field

from aimaq.access.administration import Principal
from aimaq.access.permissions import ROLES
from aimaq.access.worker_pool import Asker
from aimaq.language import bounds
from aimaq.language.bounds import Characters
from aimaq.language.errors import InvalidInput, NotAllowed, Unavailable
from aimaq.language.signing.jws import thumbprint
from aimaq.service import Service
from aimaq.web.callers import ANYONE
from aimaq.web.callers import Administrator as Caller
from aimaq.web.front_desk.rate_limit import Limiter, OneAtATime
from aimaq.web.request.client import client_of
from registry_svc import texts, views
from registry_svc.administrators.accounts import Administrator, Administrators
from registry_svc.registers.schemas import Body
from registry_svc.views import PartyName

GATEWAY = "gateway"

AccountName = Annotated[str, Field(min_length=2, max_length=32, pattern=r"^[a-z][a-z.-]*[a-z]$")]
BodyName = Annotated[str, Field(max_length=64, pattern=r"^lea:[a-z][a-z0-9-]*[a-z0-9]$")]
Password = Annotated[str, bounds.Password(200, 12)]
RoleName = Annotated[str, Characters(32)]


class SignIn(Body):
    """Whoever administers signs in, for one service."""

    name: Annotated[str, Characters(32)]
    password: Annotated[str, bounds.Password(200)]
    audience: PartyName


class Account(Body):
    """What an account is to be; `party` binds it to that party's service, null to none.

    `body` binds it to what the gateway has of that body, for the body's own staff.

    What is not sent stays as it was. A new account needs roles and a password, and is bound to nothing unless told.
    """

    roles: Annotated[list[RoleName], Field(max_length=10)] = []
    password: Password | None = None
    party: PartyName | None = None
    body: BodyName | None = None
    disabled: bool = False


def router(service: Service) -> APIRouter:
    """The endpoints of those who administer."""
    api = APIRouter(tags=["administration"])
    settings, clock, signer = service.settings, service.clock, service.dependencies.signer
    administrators = Administrators(service.database, settings, signer, clock)
    writing = Depends(Caller(service.administration, "administrators.write"))
    window, each = timedelta(seconds=settings.password_lock), OneAtATime()
    by_name = Limiter(clock, most=settings.password_tries, window=window)
    by_address = Limiter(clock, most=settings.client_failures, window=window)

    @api.post("/administrators/sessions", status_code=201, dependencies=[ANYONE])
    async def sign_in(login: SignIn, request: Request) -> views.AdministrationSession:
        """Open a session at one service. Wrong passwords are limited by name and by address, as those of people are."""
        client = client_of(request, settings.networks_of_proxies)
        by_address.attempt(client)
        async with each.of(login.name):
            by_name.attempt(login.name)
            try:
                account = await administrators.confirm(login.name, login.password, Asker(client))
            except Unavailable:  # nobody has looked at the password
                by_name.passed(login.name)
                by_address.passed(client)
                raise
            by_name.forget(login.name)
        by_address.passed(client)
        if account.party not in (None, login.audience):
            raise NotAllowed(texts.BOUND.format(party=account.party), field="audience", rule="own party")
        if account.body is not None and login.audience != GATEWAY:
            raise NotAllowed(texts.BODY_ALONE, field="audience", rule="own body")
        token, until = administrators.session(account, login.audience)
        return views.AdministrationSession(token, until)

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
        """Make an account, or change it: roles, password, what it is bound to, whether it is disabled.

        What is not sent stays as it was. Who is bound to a party makes and changes accounts that are bound to it.
        """
        if unknown := sorted(set(account.roles) - ROLES.keys()):
            known = ", ".join(ROLES)
            raise InvalidInput(texts.NO_ROLE.format(role=", ".join(unknown)), field="roles", rule=known)
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
    return views.AdministratorAccount(account.name, list(account.roles), account.party, account.body, account.disabled)
