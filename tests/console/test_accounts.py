"""Signing in to the console with an account: by password or certificate, renewed, ended, the registry away or not."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from starlette.requests import Request

from aimaq.language.errors import Unavailable
from gateway_svc.console.access.registry import RegistrySessions
from gateway_svc.console.access.visits import GRACE, PAUSE, Visits
from gateway_svc.console.session import COOKIE, LIFE, Session, Sessions
from tests.console.accounts import with_accounts
from tests.console.visitor import Visitor, words
from tests.serving import Reply

LOGIN = {"name": "dana", "password": "a long enough one", "next": "/console/parties"}


async def entered(visitor: Visitor) -> None:
    answer = await visitor.post("/console/sign-in", LOGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/parties")


async def test_who_has_an_account_is_named_on_every_page(stand_home: Path, tmp_path: Path) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        await entered(visitor)
        assert accounts.asked[0] == (
            "sessions",
            {"name": "dana", "password": "a long enough one", "audience": "gateway"},
        )
        page = await visitor.get("/console/parties")
        assert page.status_code == 200
        assert '<span class="who">dana</span>' in page.text
        assert accounts.count("sessions/refresh") == 0


async def test_a_session_is_renewed_when_it_is_time_with_what_the_account_may_do_now(
    stand_home: Path, tmp_path: Path
) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        await entered(visitor)
        form_token = await visitor.form_token()
        accounts.machine += LIFE
        renewed = await visitor.get("/console/parties")
        assert renewed.status_code == 200
        assert accounts.asked[-1] == ("sessions/refresh", {"refresh": "renewal-1"})
        assert COOKIE in renewed.headers["set-cookie"]
        assert "set-cookie" not in (await visitor.get("/console/parties")).headers
        assert await visitor.form_token() == form_token, "a page that is open can still send its form"
        assert accounts.count("sessions/refresh") == 1


async def test_a_role_that_was_taken_away_opens_nothing_after_ten_minutes(stand_home: Path, tmp_path: Path) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        await entered(visitor)
        accounts.permissions = frozenset()
        assert (await visitor.get("/console/parties")).status_code == 200
        accounts.machine += LIFE
        refused = await visitor.get("/console/parties")
        assert refused.status_code == 403
        assert "Your roles do not permit this: systems.read" in words(refused)
        assert "Parties" not in refused.text[refused.text.index("<nav") : refused.text.index("</nav>")]


async def test_an_account_that_was_disabled_is_out_after_ten_minutes(stand_home: Path, tmp_path: Path) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        await entered(visitor)
        accounts.over, accounts.machine = True, accounts.machine + LIFE
        sent = await visitor.get("/console/parties")
        assert (sent.status_code, sent.headers["location"]) == (303, "/console/sign-in?next=%2Fconsole%2Fparties")
        assert (await visitor.get(sent.headers["location"])).status_code == 200


async def test_while_the_registry_is_away_one_reads_on_for_an_hour_and_waits_for_it_once(
    stand_home: Path, tmp_path: Path
) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        await entered(visitor)
        form_token = await visitor.form_token()
        accounts.away, accounts.machine = True, accounts.machine + LIFE
        for _ in range(3):
            assert (await visitor.get("/console/parties")).status_code == 200
        assert accounts.count("sessions/refresh") == 1
        accounts.machine += PAUSE
        assert (await visitor.get("/console/parties")).status_code == 200
        assert accounts.count("sessions/refresh") == 2
        accounts.machine += GRACE - PAUSE
        refused = await visitor.get("/console/parties")
        assert refused.status_code == 503
        assert "it checks those who sign in" in words(refused)
        accounts.away = False
        assert (await visitor.get("/console/parties")).status_code == 200
        assert await visitor.form_token() == form_token


async def test_who_signs_out_has_no_session_at_the_registry_either(stand_home: Path, tmp_path: Path) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        await entered(visitor)
        await visitor.post("/console/sign-out", {"form_token": await visitor.form_token()})
        assert accounts.asked[-1] == ("sessions/end", {"refresh": "renewal-1"})
        await entered(visitor)
        accounts.away = True
        out = await visitor.post("/console/sign-out", {"form_token": await visitor.form_token()})
        assert out.status_code == 303
        assert (await visitor.get("/console/parties")).status_code == 303


async def test_a_challenge_is_signed_elsewhere_and_handed_in(stand_home: Path, tmp_path: Path) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        page = await visitor.get("/console/sign-in/certificate?next=/console/parties")
        challenge = "aimaq-sign-in:registry:1772424000:00ff:aa"
        assert f">{challenge}</textarea>" in page.text
        file = await visitor.get(f"/console/sign-in/challenge.txt?text={challenge}")
        assert file.text == challenge
        assert file.headers["content-disposition"] == 'attachment; filename="challenge.txt"'
        fields = {"challenge": challenge, "next": "/console/parties"}
        for supplied, upload, sent in (
            ("  MIIC\r\nAAAA ", None, "MIIC\r\nAAAA"),
            ("", b"\x30\x82\x01", base64.b64encode(b"\x30\x82\x01").decode()),
            ("", b"-----BEGIN CMS-----\nMIIC\n-----END CMS-----\n", "-----BEGIN CMS-----\nMIIC\n-----END CMS-----\n"),
        ):
            files = {"file": ("signed.cms", upload or b"")}
            answer = await visitor.client.post(
                "/console/sign-in/certificate", data=fields | {"cms": supplied}, files=files
            )
            assert (answer.status_code, answer.headers["location"]) == (303, "/console/parties")
            body = {"challenge": challenge, "cms": sent, "audience": "gateway"}
            assert accounts.asked[-1] == ("sessions", body)
            assert (await visitor.get("/console/parties")).status_code == 200


@pytest.mark.parametrize("language", ["kk", "ru"])
async def test_why_a_certificate_opens_nothing_is_told_in_the_registrys_words(
    stand_home: Path, tmp_path: Path, language: str
) -> None:
    async with with_accounts(stand_home, tmp_path, language) as (visitor, accounts):
        reason = "қол <b>қойылмаған</b>"
        accounts.refusal = Reply.of_json({"detail": reason}, 401)
        refused = await visitor.post("/console/sign-in/certificate", {"challenge": "x", "cms": "MIIC"})
        assert refused.status_code == 401
        assert "Қол &lt;b&gt;қойылмаған&lt;/b&gt;" in refused.text
        assert accounts.asked[-1][0] == "challenges", "there is another challenge to be signed"


async def test_without_a_signature_nobody_is_asked(stand_home: Path, tmp_path: Path) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        refused = await visitor.post("/console/sign-in/certificate", {"challenge": "x"})
        assert refused.status_code == 422
        assert "Paste the signature, or choose its file" in words(refused)
        assert accounts.count("sessions") == 0


async def test_the_page_is_there_without_a_challenge_while_the_registry_is_away(
    stand_home: Path, tmp_path: Path
) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        accounts.away = True
        page = await visitor.get("/console/sign-in/certificate")
        assert page.status_code == 503
        assert "<textarea" not in page.text
        assert "Sign in with a password" in words(page)


@pytest.mark.parametrize("text", ["", "\u202e", "<script>", "a" * 300, "a\r\nSet-Cookie: x=y"])
async def test_a_challenge_as_a_file_is_a_challenge(stand_home: Path, tmp_path: Path, text: str) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, _):
        answer = await visitor.client.get("/console/sign-in/challenge.txt", params={"text": text})
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("text/html")


async def test_nothing_is_changed_on_an_old_word_while_the_registry_is_away(stand_home: Path, tmp_path: Path) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        await entered(visitor)
        service = visitor.parties.services["gateway"]
        registry = RegistrySessions(service.settings.url("registry"), "gateway")
        service.closers.append(registry.close)
        sessions = Sessions(service.settings, service.administration, service.clock)
        visits = Visits(sessions, registry, service.administration, service.clock, [])
        cookie = f"{COOKIE}={visitor.client.cookies[COOKIE]}".encode()

        async def current(method: str) -> Session | None:
            return await visits.current(Request({"type": "http", "method": method, "headers": [(b"cookie", cookie)]}))

        accounts.away = True
        assert await current("POST") is not None
        accounts.machine += LIFE
        assert await current("GET") is not None
        with pytest.raises(Unavailable):
            await current("POST")
        accounts.away = False
        renewed = await current("POST")
        assert renewed is not None
        assert renewed.checked == service.clock.now()
