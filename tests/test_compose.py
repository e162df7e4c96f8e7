"""docker-compose.yml, held against the code: every service, port, variable, secret and health path in it exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url
from yarl import URL

from aimaq.bus import MemoryBroker
from aimaq.language.clock import SystemClock
from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from aimaq.settings import PORTS, Settings
from stand.client.defaults import VHOST
from stand.provision import topology
from stand.runtime.assembly import assemble
from tests import commands
from tests.applications import operation
from tests.house import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OUTSIDE = ("rabbitmq", "postgres")
MONITORING = ("prometheus", "grafana")
"""What comes up with the profile `monitoring` alone."""
EXISTING = {f"AIMAQ_{field.name.upper()}" for field in fields(Settings)}


def targets_of(service: dict[str, Any]) -> dict[str, str]:
    """The secrets of a service: where each is in its container, and from which it comes."""
    found = {}
    for secret in service.get("secrets", ()):
        source, target = (secret, secret) if isinstance(secret, str) else (secret["source"], secret["target"])
        found[target if target.startswith("/") else f"/run/secrets/{target}"] = source
    return found


def made(folder: Path) -> list[Path]:
    """The files in a folder and the ones below it."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of secrets as the script makes it."""
    folder = tmp_path_factory.mktemp("secrets")
    subprocess.run([ROOT / "deploy" / "secrets" / "make", folder], check=True, timeout=30)
    return folder


def test_it_holds_the_five_services_and_what_they_need() -> None:
    assert set(SERVICES) == {*PARTIES, "provision", *OUTSIDE, *MONITORING}
    assert {name for name, service in SERVICES.items() if service.get("profiles") == ["monitoring"]} == set(MONITORING)
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name


def test_the_services_come_from_one_image() -> None:
    ours = [SERVICES[name] for name in (*PARTIES, "provision")]
    assert len({service["image"] for service in ours}) == 1
    build = ours[0]["build"]
    assert (ROOT / build["context"] / build["dockerfile"]).is_file()


@pytest.mark.parametrize("party", PARTIES)
def test_a_service_runs_a_command_that_exists(party: str) -> None:
    command = SERVICES[party]["command"]
    assert command == ["serve", party]
    assert not commands.aimaq(" ".join(["aimaq", *command]))


@pytest.mark.parametrize("party", PARTIES)
def test_the_environment_makes_the_settings_of_the_service(party: str, secrets: Path) -> None:
    environment: dict[str, str] = dict(SERVICES[party]["environment"])
    assert {name.removesuffix("_FILE") for name in environment} <= EXISTING
    mounted = targets_of(SERVICES[party])
    for name, value in environment.items():
        if name.endswith("_FILE"):
            environment[name] = str(secrets / mounted[value])
    settings = Settings.from_environment(environment)
    assert (settings.party, settings.port, settings.host) == (party, PORTS[party], "0.0.0.0")
    database, broker = make_url(settings.database), URL(settings.broker_url)
    assert (database.host, database.username, database.database) == ("postgres", party, party)
    assert (broker.host, broker.user) == ("rabbitmq", topology.user(settings.broker_prefix, party))
    assert broker.path == f"/{VHOST}"
    assert settings.registry_url == f"http://registry:{PORTS['registry']}"
    named = dict(entry.split("=", 1) for entry in settings.stand_urls.strip().split(","))
    assert named == {name: f"http://127.0.0.1:{port}" for name, port in PORTS.items()}


@pytest.mark.parametrize("party", PARTIES)
def test_a_service_is_reached_on_its_port_from_this_machine_only(party: str) -> None:
    assert SERVICES[party]["ports"] == [f"127.0.0.1:{PORTS[party]}:{PORTS[party]}"]


@pytest.mark.parametrize(("name", "port"), [("prometheus", 9090), ("grafana", 3000)])
def test_what_watches_over_the_stand_is_reached_from_this_machine_only(name: str, port: int) -> None:
    assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"http://127.0.0.1:{port}/" in " ".join(SERVICES[name]["healthcheck"]["test"])


@pytest.mark.parametrize("party", PARTIES)
def test_the_health_path_exists(party: str) -> None:
    check = " ".join(SERVICES[party]["healthcheck"]["test"])
    (url,) = re.findall(r"http://[^']+", check)
    assert URL(url).port == PORTS[party]
    assert URL(url).path == "/health/ready"
    assert operation(party, "GET", URL(url).path)


class _Health(BaseHTTPRequestHandler):
    """A service that is ready, and one that is not (`/ailing/…`)."""

    def do_GET(self) -> None:
        self.send_response(503 if self.path.startswith("/ailing") else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def health() -> Iterator[str]:
    """The address of such a service."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("party", PARTIES)
def test_the_health_check_asks_the_service_itself_whatever_proxy_a_container_has(party: str, health: str) -> None:
    nobody = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"), nobody)
    kind, program, *arguments = SERVICES[party]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "python")
    for path, well in (("", True), ("/ailing", False)):
        asked = [argument.replace(f"http://127.0.0.1:{PORTS[party]}", health + path) for argument in arguments]
        assert asked != arguments
        run = subprocess.run([sys.executable, *asked], env=proxies, capture_output=True, timeout=30)
        assert (run.returncode == 0) is well, run.stderr


def test_every_service_waits_for_what_it_needs() -> None:
    for party in PARTIES:
        needs = SERVICES[party]["depends_on"]
        assert {name: need["condition"] for name, need in needs.items()} == {
            "rabbitmq": "service_healthy",
            "postgres": "service_healthy",
            "provision": "service_completed_successfully",
        }
        assert SERVICES[party]["restart"] == "unless-stopped"
    for name in (*OUTSIDE, *MONITORING):
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_a_service_has_a_home_and_secrets_of_its_own() -> None:
    homes = [SERVICES[party]["volumes"][0] for party in PARTIES]
    assert homes == [f"{party}-home:{SERVICES[party]['environment']['AIMAQ_HOME']}" for party in PARTIES]
    for party in PARTIES:
        own = {f"{party}-database-url", f"{party}-broker-url", "metrics-token"}
        assert set(targets_of(SERVICES[party]).values()) == own


def test_the_clock_is_shared_and_the_gateway_alone_moves_it() -> None:
    for party in PARTIES:
        folder = SERVICES[party]["environment"]["AIMAQ_CLOCK_FOLDER"]
        rest = [f"clock:{folder}" + ("" if party == "gateway" else ":ro")]
        assert SERVICES[party]["volumes"][1:] == rest
    provision = SERVICES["provision"]
    assert f"clock:{provision['environment']['AIMAQ_CLOCK_FOLDER']}" in provision["volumes"]


def test_every_volume_is_at_a_folder_of_the_image_which_belongs_to_the_one_who_writes_there() -> None:
    image = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    (home,) = re.findall(r"--home-dir (\S+)", image)
    (folders,) = re.findall(r"for folder in ([a-z /]+);", image)
    made_there = {f"{home}/{folder}" for folder in folders.split()}
    for name in (*PARTIES, "provision"):
        assert {volume.split(":")[1] for volume in SERVICES[name]["volumes"]} <= made_there, name


def test_every_secret_is_a_file_that_the_script_makes(secrets: Path) -> None:
    declared = {name: entry["file"] for name, entry in COMPOSE["secrets"].items()}
    assert set(declared.values()) == {f"deploy/secrets/{path.relative_to(secrets)}" for path in made(secrets)}
    used = {source for service in SERVICES.values() for source in targets_of(service).values()}
    assert used == set(declared)
    for path in made(secrets):
        assert len(path.read_text(encoding="utf-8")) >= 48, path.name


def test_the_script_leaves_the_secrets_that_are_there(secrets: Path) -> None:
    before = {path.name: path.read_text(encoding="utf-8") for path in made(secrets)}
    subprocess.run([ROOT / "deploy" / "secrets" / "make", secrets], check=True, timeout=30)
    assert before == {path.name: path.read_text(encoding="utf-8") for path in made(secrets)}


def test_no_secret_is_written_in_the_file() -> None:
    for name, service in SERVICES.items():
        for variable in service.get("environment", {}):
            open_to_all = variable == "AIMAQ_REGISTRY_URL"
            assert open_to_all or not re.search(r"(PASSWORD|TOKEN|_URL)$", variable), f"{name}: {variable}"


def test_every_volume_is_declared_and_every_file_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            there = (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
            assert there, f"{name}: {source}"


def test_the_image_takes_in_files_that_exist() -> None:
    let_in = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    copied = []
    for line in (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            copied += line.split()[1:-1]
    assert set(copied) == set(let_in)
    for name in copied:
        assert (ROOT / name).exists(), name


def test_provisioning_uses_commands_that_exist() -> None:
    script = (ROOT / "deploy" / "provision").read_text(encoding="utf-8")
    shown = re.findall(r"^aimaq .*$", script, re.MULTILINE)
    assert len(shown) == 2
    for line in shown:
        assert not commands.aimaq(re.sub(r'"\$\(cat [^)]*\)"|"\$\w+"', "x", line))
    assert f'parties="{" ".join(PARTIES)}"' in script


def test_provisioning_hands_each_service_its_own_key_only(tmp_path: Path, secrets: Path) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    asked = tmp_path / "asked"
    (bin_ / "aimaq").write_text(
        f'#!/bin/sh\nif [ "$1" = broker ]; then echo "$@" >{asked}; ls "${{6}}" >>{asked}; '
        f'else exec {sys.executable} -m stand "$@"; fi\n',
        encoding="utf-8",
    )
    (bin_ / "aimaq").chmod(0o755)
    folder = tmp_path / "secrets"
    folder.mkdir()
    for target, source in targets_of(SERVICES["provision"]).items():
        file = ROOT / COMPOSE["secrets"][source]["file"]
        shutil.copy(secrets / file.relative_to(ROOT / "deploy" / "secrets"), folder / Path(target).name)
    environment = {
        **os.environ,
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "SECRETS": str(folder),
        "ALL": str(tmp_path / "all"),
        "HOMES": str(tmp_path / "homes"),
    }
    for _ in range(2):  # a second time changes nothing
        subprocess.run([ROOT / "deploy" / "provision"], env=environment, cwd=ROOT, check=True, timeout=60)
    for party in PARTIES:
        home = tmp_path / "homes" / party
        there = {path.name for path in (home / "keys").iterdir()}
        assert there >= {party, "trust"}
        assert "admin.token" in {path.name for path in (home / "keys" / party).iterdir()}
        assert not there & (set(PARTIES) - {party})
        assert (home / "nca").exists() == (party == "registry")
        assert ("autopilot" in there) == (party == "lea")
        settings = Settings(party=party, home=home)
        assemble(settings, SystemClock(), Catalogue.bundled(), MemoryBroker().connect(party))
    assert "portal.password" in asked.read_text(encoding="utf-8")
    management = (folder / "broker-admin-url").read_text("utf-8")
    assert str(URL(management).password) not in asked.read_text("utf-8"), "what everybody on the machine sees"


def test_the_databases_script_shows_no_password(tmp_path: Path, secrets: Path) -> None:
    asked = tmp_path / "asked"
    psql = tmp_path / "psql"
    record = f'echo "$@" >>{asked}; echo "$PASSWORD" >>{tmp_path}/passwords; cat >{tmp_path}/sql'
    psql.write_text(f"#!/bin/sh\n{record}\n", "utf-8")
    psql.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SECRETS": str(secrets)}
    subprocess.run([ROOT / "deploy" / "postgres" / "databases"], env=environment, check=True, timeout=30)
    passwords = [make_url((secrets / f"{party}-database-url").read_text("utf-8")).password for party in PARTIES]
    assert (tmp_path / "passwords").read_text("utf-8").split() == passwords
    assert not [word for word in passwords if str(word) in asked.read_text("utf-8")]
    assert "\\getenv password PASSWORD" in (tmp_path / "sql").read_text("utf-8")


def test_the_databases_script_makes_one_for_each_service() -> None:
    script = (ROOT / "deploy" / "postgres" / "databases").read_text(encoding="utf-8")
    assert f"for party in {' '.join(PARTIES)}; do" in script
