"""`aimaq broker`: what it makes of a RabbitMQ, and what it says when it cannot."""

from __future__ import annotations

import asyncio
import json
import re
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aimaq.bus.rabbit.bus import RabbitBus
from aimaq.bus.rabbit.connection import Address
from aimaq.language.errors import InvalidInput, NotAllowed, Unavailable, Unconfigured
from aimaq.language.messages import PARTIES
from stand.commands.administrator import broker as broker_command
from stand.provision import broker
from stand.provision.broker import apply, passwords, prepare, remove, with_passwords
from stand.provision.rabbit_admin import Ctl, Management
from stand.provision.topology import differences, topology
from tests.bus.messages import drain, outgoing
from tests.fixtures_broker import BROKER, ON_BROKER, RabbitStand, administrator
from tests.house import ROOT
from tests.rabbit_nodes import OwnRabbit, free_ports

DEFINITIONS = ROOT / "deploy" / "rabbitmq" / "definitions.json"


def run(*arguments: str, code: int = 0) -> str:
    """What `aimaq broker` prints to either stream; it must end with this exit code, and never with a traceback."""
    result = CliRunner().invoke(broker_command.app, arguments)
    assert (result.exit_code, result.output.count("Traceback")) == (code, 0), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


def test_the_definitions_in_the_repository_are_the_topology() -> None:
    written = json.dumps(topology(), indent=2, ensure_ascii=False) + "\n"
    assert DEFINITIONS.read_text(encoding="utf-8") == written, "write `written` to the file"


def test_the_definitions_in_the_repository_hold_no_secret() -> None:
    text = DEFINITIONS.read_text(encoding="utf-8")
    assert "password" not in text
    assert "hash" not in text


def test_every_party_has_a_user_a_queue_and_as_little_as_it_needs() -> None:
    definitions = topology("p", "v")
    assert [user["name"] for user in definitions["users"]] == [f"p-{party}" for party in PARTIES]
    assert all(user["tags"] == [] for user in definitions["users"])
    rights = {one["user"]: (one["configure"], one["write"], one["read"]) for one in definitions["permissions"]}
    assert rights["p-portal"] == ("", r"^p\.(gateway|control)\z", r"^p\.portal(\.control)?\z")
    assert rights["p-gateway"] == ("", r"^p\.parties\z", r"^p\.gateway(\.control)?\z")
    assert all(queue["arguments"]["x-queue-type"] == "quorum" for queue in definitions["queues"])


@pytest.mark.parametrize(
    ("prefix", "vhost"), [("", "v"), ("Prefix", "v"), ("a.b", "v"), ("p", ""), ("p", "a\nb"), ("p", "x" * 101)]
)
def test_names_that_are_none_are_refused(prefix: str, vhost: str) -> None:
    with pytest.raises(InvalidInput):
        topology(prefix, vhost)


def test_passwords_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    made = passwords(tmp_path / "secrets")
    assert len(set(made.values())) == len(PARTIES)
    assert passwords(tmp_path / "secrets") == made
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "secrets").iterdir()}
    assert modes == {0o600}
    (tmp_path / "secrets" / "lea.password").write_text("chosen by hand\n")
    assert passwords(tmp_path / "secrets")["lea"] == "chosen by hand"


def test_passwords_that_cannot_be_kept_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unconfigured, match="passwords"):
        passwords(tmp_path / "file")
    (tmp_path / "portal.password").touch()
    with pytest.raises(Unconfigured, match="is empty"):
        passwords(tmp_path)


def test_a_password_never_leaves_as_it_is() -> None:
    sealed = with_passwords(topology("p", "v"), "p", dict.fromkeys(PARTIES, "well-known"))
    assert "well-known" not in json.dumps(sealed)
    assert len({user["password_hash"] for user in sealed["users"]}) == len(PARTIES), "each has a salt of its own"


@pytest.mark.services
async def test_applying_twice_is_as_good_as_once_and_removing_leaves_nothing(tmp_path: Path) -> None:
    definitions = topology("twice", "twice")
    secrets = passwords(tmp_path / "first")
    try:
        await prepare("twice", "twice", secrets, Ctl())
        users = [one for one in (await Ctl().export())["users"] if "twice" in one["name"]]
        await prepare("twice", "twice", secrets, Ctl())
        found = await Ctl().export()
        assert [one for one in found["users"] if "twice" in one["name"]] == users, "the passwords are as they were"
        await prepare("twice", "twice", passwords(tmp_path / "second"), Ctl())  # nobody is connected
        found = await Ctl().export()
        assert [one for one in found["users"] if "twice" in one["name"]] != users
        assert differences(definitions, found) == []
        for kind in ("permissions", "exchanges", "queues", "bindings"):
            assert len([one for one in found[kind] if one["vhost"] == "twice"]) == len(definitions[kind])
    finally:
        await remove("twice", "twice", Ctl())
    assert "twice" not in json.dumps(await Ctl().export())


async def test_users_without_passwords_are_not_applied_lest_they_lose_theirs() -> None:
    with pytest.raises(Unconfigured, match="no password for the broker's user p-portal"):
        await apply(topology("p", "v"), Ctl("no-such-program"))


@pytest.mark.services
async def test_what_is_there_otherwise_is_told(rabbit: RabbitStand) -> None:
    wanted = topology(rabbit.prefix, rabbit.vhost)
    wanted["exchanges"][0]["arguments"] = {"alternate-exchange": "another"}
    wanted["users"] = []
    with pytest.raises(Unavailable, match=rf"exchanges {rabbit.prefix}\.gateway is different"):
        await apply(wanted, rabbit.admin)


@pytest.mark.services
def test_the_command_applies_and_shows(rabbit_stand: RabbitStand, tmp_path: Path) -> None:
    name = f"{rabbit_stand.prefix}-cli"
    options = ["--url", *ON_BROKER[1:], "--vhost", name, "--prefix", name]
    try:
        assert "missing" in run("show", *options, code=1)
        applied = json.loads(run("apply", *options, "--secrets", str(tmp_path), "-o", "json"))
        assert applied["addresses"]["lea"] == f"amqp://{name}-lea@{Address(BROKER).place}/{name}"
        shown = json.loads(run("show", *options, "-o", "json"))
        assert {row["state"] for row in shown["definitions"]} == {"ok"}
        assert shown["queues"][f"{name}.lea"] == {"messages": 0, "consumers": 0}
    finally:
        asyncio.run(remove(name, name, administrator()))


def test_a_broker_elsewhere_needs_its_management_api() -> None:
    assert "--management" in run("apply", "--url", "amqp://broker.example", code=2)
    assert "amqp" in run("apply", "--url", "http://localhost", code=2)
    assert "management API" in run("show", "--management", "localhost:15672", code=2)


def test_names_that_are_none_are_bad_usage(tmp_path: Path) -> None:
    assert "'a b'" in run("apply", "--prefix", "a b", "--secrets", str(tmp_path), code=2)


def test_a_management_api_that_does_not_answer_is_one_line_and_exit_code_3(tmp_path: Path) -> None:
    address = f"http://guest:guest@127.0.0.1:{free_ports(1)[0]}"
    output = run("apply", "--management", address, "--secrets", str(tmp_path), code=3)
    assert output.startswith("aimaq broker: no management API answers at")
    assert output.count("\n") == 1
    assert "guest" not in output


def test_a_machine_without_rabbitmqctl_is_one_line_and_exit_code_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    output = run("show", code=3)
    assert "rabbitmqctl" in output
    assert output.count("\n") == 1


@pytest.mark.services
def test_a_broker_that_is_down_is_one_line_and_exit_code_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RABBITMQ_NODENAME", "nobody@localhost")
    output = run("apply", "--secrets", str(tmp_path), code=3)
    assert "nobody@localhost" in output
    assert output.count("\n") == 1


@pytest.mark.services
@pytest.mark.long
async def test_durable_queues_outlive_the_broker_and_the_bus_comes_back(own_rabbit: OwnRabbit, tmp_path: Path) -> None:
    secrets = passwords(tmp_path)
    api = Management(own_rabbit.management)
    definitions = topology("own", "own")
    await apply(with_passwords(definitions, "own", secrets), api)
    await apply(with_passwords(definitions, "own", secrets), api)
    assert differences(definitions, await own_rabbit.admin.export()) == []
    url = {
        party: broker.party_url(own_rabbit.url, party, secrets[party], prefix="own", vhost="own") for party in PARTIES
    }
    portal = RabbitBus(url["portal"], "portal", prefix="own", patience=60)
    await portal.open()
    assert await portal.send([outgoing(number) for number in range(1, 101)]) == [None] * 100
    assert set(await api.queues("own")) == {queue["name"] for queue in definitions["queues"]}
    for end, number in ((own_rabbit.stop, 101), (own_rabbit.kill, 102)):
        await end()
        gone = portal.ailment()
        sending = asyncio.create_task(portal.send([outgoing(number)]))
        await own_rabbit.start()
        assert await sending == [None]
        assert gone is None or "broker" in gone
    gateway = RabbitBus(url["gateway"], "gateway", prefix="own")
    await gateway.open()
    assert {one.delivery_number for one in await drain(gateway, 102)} == set(range(1, 103))
    await gateway.close()
    await portal.close()
    await remove("own", "own", api)
    await remove("own", "own", api)
    assert "own" not in {one["name"] for one in (await api.export())["vhosts"]}
    with pytest.raises(NotAllowed, match="stranger"):
        await Management(own_rabbit.management.replace("guest:guest", "stranger:x")).export()


@pytest.mark.services
@pytest.mark.slow
async def test_a_stand_speaks_by_tls_with_the_broker_whose_authority_it_believes(
    own_rabbit: OwnRabbit, tmp_path: Path
) -> None:
    secrets, api = passwords(tmp_path), Management(own_rabbit.management)
    await apply(with_passwords(topology("tls", "tls"), "tls", secrets), api)

    def bus(party: str, parameters: str, url: str = own_rabbit.tls_url) -> RabbitBus:
        own = broker.party_url(f"{url}{parameters}", party, secrets[party], prefix="tls", vhost="tls")
        return RabbitBus(own, party, prefix="tls", patience=20)

    right = f"?cafile={own_rabbit.tls.authority}"
    portal, gateway = bus("portal", right), bus("gateway", right)
    await portal.open()
    await gateway.open()
    assert await portal.send([outgoing(number) for number in range(1, 101)]) == [None] * 100
    assert {one.delivery_number for one in await drain(gateway, 100)} == set(range(1, 101))
    await portal.close()
    await gateway.close()
    localhost = own_rabbit.tls_url.replace("127.0.0.1", "localhost")
    plain = own_rabbit.url.replace("amqp:", "amqps:")
    for wrong, why in (
        (bus("portal", f"?cafile={own_rabbit.tls.stranger}"), "CERTIFICATE_VERIFY_FAILED"),
        (bus("portal", ""), "CERTIFICATE_VERIFY_FAILED"),
        (bus("portal", right, localhost), "CERTIFICATE_VERIFY_FAILED"),
        (bus("portal", right, plain), "SSL"),
    ):
        with pytest.raises(Unavailable, match=rf"^no TLS with the broker at [a-z0-9.]+:\d+: .*{why}"):
            await wrong.open()
    unproved = bus("portal", "?no_verify_ssl=1")
    await unproved.open()
    await unproved.close()
    await remove("tls", "tls", api)


@pytest.mark.parametrize(
    ("parameters", "name", "why"),
    [
        ("ca_file=/x", "ca_file", "there is no such parameter; there are cafile, "),
        ("cafile=/nowhere/ca.pem", "cafile", "there is no file /nowhere/ca.pem"),
        ("no_verify_ssl=false", "no_verify_ssl", "it must be 0 or 1, not 'false'"),
    ],
)
def test_a_parameter_of_an_address_that_cannot_be_followed_is_named(parameters: str, name: str, why: str) -> None:
    with pytest.raises(Unconfigured, match=re.escape(f"the broker URL's parameter {name}: {why}")):
        Address(f"amqps://127.0.0.1/x?{parameters}")
