"""The bundle of a case of which a message was rejected since its sender's certificate was revoked: it holds."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

from aimaq.access.systems.keystore import load_directory, load_signer
from aimaq.http.client import http_client
from aimaq.language.clock import StandClock
from aimaq.language.signing.jws import thumbprint
from stand.bench.http import HttpConnection
from stand.bench.load import FORM, PASSWORD, REGULATION, citizens
from stand.bundle.export import CaseFile
from stand.bundle.inspection import inspect
from stand.bundle.inspection.evidence import WITHDRAWN, Evidence
from stand.client.address import StandAddress
from stand.client.http import ServiceClient
from stand.runtime.embedded import embedded
from tests.access.conftest import serial_of
from tests.faults import rows
from tests.parties import BASE
from tests.waiting import eventually


async def test_a_rejection_for_a_withdrawn_certificate_is_no_fault_of_the_case(tmp_path: Path) -> None:
    up = embedded(tmp_path, autopilot=True, authority_keys="p-256", password_memory=8, password_rounds=1)
    async with up as stand, http_client() as session:
        (person,) = await citizens(stand.urls, stand.tokens["registry"], 1)
        clock, wire = stand.clock, HttpConnection(stand.urls["portal"])
        assert isinstance(clock, StandClock)
        login = {"iin": person.iin, "password": PASSWORD}
        form = FORM | {"iin": person.iin, "name": person.name}
        opened = await wire.call("POST", "/cases", {"regulation": REGULATION, "login": login, "form": form})
        serial = serial_of(stand.services["portal"].dependencies.signer)
        registry = ServiceClient(session, stand.urls["registry"])
        reply = await registry.call("POST", "/nca/revocations", {"serial": serial}, token=stand.tokens["registry"])
        assert reply.body["unconfirmed"] == []
        clock.advance(timedelta(minutes=5))
        cms = base64.b64encode(person.sign(base64.b64decode(opened["document"]))).decode()
        case_id = opened["case_id"]
        await wire.call("POST", f"/cases/{case_id}/signature", {"cms": cms}, opened["token"])
        await wire.close()
        gateway = stand.services["gateway"]
        (entry,) = await eventually(lambda: rows(gateway, "journal", case_id=case_id), what="the rejection")
        assert (entry["verdict"], entry["type"]) == ("rejected", "RequestSubmitted")
        # whoever sent it is told, and an operator of his sees it
        (laid,) = await eventually(lambda: stand.services["portal"].dead_letters.listed(), what="the dead letter")
        assert f"the certificate {serial} of portal is revoked" in (laid.reason or "")
        address = StandAddress("the test's", stand.urls, stand.tokens)
        bundle = await CaseFile(session, address, case_id).collected()
    assert [(check.name, check.faults) for check in inspect(bundle) if not check.ok] == []


def test_what_passed_within_the_second_of_a_withdrawal_is_no_fault(home: Path) -> None:
    signer = load_signer(home, "gateway")
    signature = signer.sign(b"header").encode()
    evidence = Evidence(
        {"blocks/000001.json": b"header", "blocks/000001.jws": signature}, directory=load_directory(home)
    )
    since = BASE + timedelta(hours=1)
    evidence.withdrawn[thumbprint(signer.certificate)] = since
    for after, fault in ((-1, ""), (0, ""), (999_999, ""), (1_000_000, WITHDRAWN), (2_000_000, WITHDRAWN)):
        found = evidence.fault_of("blocks/000001.json", b"header", since + timedelta(microseconds=after), "gateway")
        assert found.startswith(fault), after
        assert bool(found) == bool(fault), after
