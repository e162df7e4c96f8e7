"""The endpoints of accounts: people register, sign in and out, change what is theirs; the administrator the rest."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Depends, Request, Response

from aimaq.access.sessions import Holder, Tokens
from aimaq.access.users import NO_ACCOUNT, User
from aimaq.language.errors import InvalidInput, NotFound
from aimaq.regulation.model.vocabulary import ROLES
from aimaq.web.app import say
from aimaq.web.callers import ANYONE, bearer, permitted
from aimaq.web.front_desk import texts
from aimaq.web.front_desk.authorisation import FrontDesk
from aimaq.web.front_desk.schemas import (
    Account,
    AccountChange,
    ByCertificate,
    Challenge,
    Login,
    NewName,
    NewPassword,
    NewUser,
    Refresh,
    Registered,
    Session,
)


def sign_in(front_desk: FrontDesk) -> APIRouter:
    """The endpoints of the way in: registration, challenges, sessions."""
    api = APIRouter(tags=["accounts"])
    entry, sessions = front_desk.entry, front_desk.sessions
    registering = ANYONE if front_desk.open_to_all else Depends(front_desk.administrator("accounts.write"))

    @api.post("/users", status_code=201, response_model=Registered, dependencies=[registering])
    async def register(new: NewUser, request: Request) -> Response:
        """Register a person. At a staffed desk only the administrator registers staff.

        Whom the administrator registers was known beforehand: their first case does not begin with registration. An
        account that is not proved gives way to whoever brings a certificate, and to the administrator.
        """
        _check_roles(front_desk, new.roles)
        administration = front_desk.service.administration
        admin = "authorization" in request.headers and administration.principal(bearer(request)) is not None
        if admin:
            permitted(administration, "accounts.write", request)
        else:
            entry.called(request, "/users")
        user = await entry.register(new, request, by_administrator=admin)
        return say(Registered(user.iin, user.name), 201)

    @api.post("/challenges", status_code=201, response_model=Challenge, dependencies=[ANYONE])
    async def challenge(request: Request) -> Response:
        """A challenge for whoever comes with a certificate: its ASCII bytes are to be signed, once and soon."""
        entry.called(request, "/challenges")
        text, until = entry.challenges.give()
        return say(Challenge(text, until), 201)

    @api.post("/sessions", status_code=201, response_model=Session, dependencies=[ANYONE])
    async def open_session(login: Login, request: Request) -> Response:
        """Sign in, to see and do what a case is waiting for: with a password, or with a certificate."""
        entrant = await entry.entrant(login, request)
        if entrant.user is None or not entrant.known:
            raise entrant.refusal()
        return say(_session(sessions.open(entrant.user)), 201)

    @api.post("/sessions/refresh", status_code=201, response_model=Session, dependencies=[ANYONE])
    async def renew(renewal: Refresh) -> Response:
        """New tokens of a session. What renews it is good once: used again, it ends the session."""
        return say(_session(await sessions.renew(renewal.refresh)), 201)

    @api.delete("/sessions/current", status_code=204)
    async def sign_out(holder: Holder = Depends(front_desk.user)) -> None:
        """Sign out: this session is over."""
        await sessions.end(holder.session)

    @api.delete("/sessions", status_code=204)
    async def sign_out_everywhere(holder: Holder = Depends(front_desk.user)) -> None:
        """End all of one's own sessions, this one too."""
        await front_desk.users.end_sessions(holder.iin)

    return api


def accounts(front_desk: FrontDesk) -> APIRouter:
    """The endpoints of the accounts that there are."""
    api = APIRouter(prefix="/users", tags=["accounts"])
    entry, users, sessions = front_desk.entry, front_desk.users, front_desk.sessions
    reading = Depends(front_desk.administrator("accounts.read"))
    writing = Depends(front_desk.administrator("accounts.write"))

    async def known(iin: str) -> User:
        user = await users.find(iin)
        if user is None:
            raise NotFound(NO_ACCOUNT, field="iin")
        return user

    @api.get("/me", response_model=Account)
    async def mine(holder: Holder = Depends(front_desk.user)) -> Response:
        """One's own account."""
        return say(_shown(await known(holder.iin)))

    @api.patch("/me", response_model=Account)
    async def rename(change: NewName, holder: Holder = Depends(front_desk.user)) -> Response:
        """Change one's own name."""
        return say(_shown(await users.change(holder.iin, name=change.name, as_of=holder.generation)))

    @api.put("/me/password", response_model=Session)
    async def set_password(
        change: NewPassword, request: Request, holder: Holder = Depends(front_desk.user)
    ) -> Response:
        """Set another password, with the current one or a certificate. All sessions end; the answer has a new one."""
        if (login := change.certificate) is not None:
            await entry.prove(holder.iin, login)
        elif change.current is not None:
            await entry.confirm(holder.iin, change.current, request)
        else:
            raise InvalidInput(texts.HOW_PROVED, field="current", rule="current or cms")
        user = await users.change(holder.iin, password=change.password, as_of=holder.generation)
        return say(_session(sessions.open(user)))

    @api.post("/me/proof", response_model=Account)
    async def prove(login: ByCertificate, holder: Holder = Depends(front_desk.user)) -> Response:
        """Prove that the account is one's own: a challenge, signed with an authentication certificate."""
        await entry.prove(holder.iin, login)
        return say(_shown(await users.change(holder.iin, proof="certificate")))

    @api.get("/{iin}", response_model=Account, dependencies=[reading])
    async def show(iin: str) -> Response:
        """An account, for the administrator."""
        return say(_shown(await known(iin)))

    @api.patch("/{iin}", response_model=Account, dependencies=[writing])
    async def change(iin: str, wanted: AccountChange) -> Response:
        """Change an account: name, password, roles; disable it, or enable it again; take it as proved.

        What somebody is holds at once. A new password, and to disable the account, end all its sessions.
        """
        _check_roles(front_desk, wanted.roles or ())
        user = await users.change(
            iin,
            name=wanted.name,
            password=wanted.password,
            roles=wanted.roles,
            disabled=wanted.disabled,
            proof="administrator" if wanted.proved else None,
        )
        if wanted.password is not None:
            entry.limiter.forget(iin)
        return say(_shown(user))

    @api.delete("/{iin}/sessions", status_code=204, dependencies=[writing])
    async def end(iin: str) -> None:
        """End all sessions of an account."""
        await users.end_sessions(iin)

    return api


def _check_roles(front_desk: FrontDesk, roles: Iterable[str]) -> None:
    unknown = sorted(set(roles) - ROLES)
    if unknown or (roles and front_desk.open_to_all):
        wrong = ", ".join(unknown or roles)
        raise InvalidInput(texts.no_role(wrong), field="roles", rule=", ".join(sorted(ROLES)))


def _session(tokens: Tokens) -> Session:
    return Session(tokens.token, tokens.until, tokens.refresh, tokens.refresh_until)


def _shown(user: User) -> Account:
    return Account(user.iin, user.name, sorted(user.roles), user.proof or None, disabled=user.disabled)
