"""`aimaq ca`: the certification authority of a stand that runs: issue, suspend, revoke, lists. Each is a REST call.

Exit codes: 0 done, 2 it cannot be done as asked, 3 the stand is out of reach.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec
import typer

from aimaq.eds.x509.roles import Role
from aimaq.language.errors import AimaqError, Unavailable, Unconfigured
from stand.commands.options import COULD_NOT_TELL, HERE, HOME, USAGE, Output, OutputOption, StandOption
from stand.provision.key_kinds import Kind
from stand.show.terminal import echo

if TYPE_CHECKING:
    from stand.client.authority import Office

TIMEOUT = 30.0
"""Seconds that a service has for its answer."""

T = TypeVar("T")
HomeOption = Annotated[
    Path,
    typer.Option(
        "--home", envvar="AIMAQ_HOME", help="Home of that stand, where its services' tokens and demo keys are."
    ),
]
SerialArgument = Annotated[str, typer.Argument(help="The certificate's serial number, in hexadecimal.")]

app = typer.Typer(
    name="ca",
    help="The certification authority: issue, show, revoke, suspend, resume, p12, crl.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Reason(enum.StrEnum):
    """Why a certificate is revoked, in the words of RFC 5280."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


class List(enum.StrEnum):
    """A revocation list."""

    COMPLETE = "complete"
    DELTA = "delta"
    ROOT = "root"

    @property
    def path(self) -> str:
        """Where the registry has it."""
        return "/nca/crl" if self is List.COMPLETE else f"/nca/crl/{self}"


@app.command()
def issue(
    iin: Annotated[str, typer.Option(help="Whose it is: his IIN.")],
    surname: Annotated[str, typer.Option()],
    given_name: Annotated[str, typer.Option("--given")],
    patronymic: Annotated[str | None, typer.Option()] = None,
    bin_: Annotated[str | None, typer.Option("--bin", help="The organisation that he acts for.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Its name.")] = None,
    role: Annotated[Role | None, typer.Option(help="In what capacity he acts.")] = None,
    usage: Annotated[Literal["SIGN", "AUTH"], typer.Option(help="For documents, or to sign in.")] = "SIGN",
    csr: Annotated[Path | None, typer.Option(help="His certificate request (PKCS#10, PEM): his key stays his.")] = None,
    key: Annotated[
        Kind, typer.Option("--key", help="Without a request: what key the stand makes, for its demo key store.")
    ] = Kind.RSA,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Issue a certificate on the key of a request, or on a key that the stand makes and keeps among its demo keys."""
    from cryptography import x509

    from stand.client.authority import request
    from stand.provision.demo_keys import DemoKeys

    async def work(office: Office) -> dict[str, Any]:
        made = key.make() if csr is None else None
        text = request(made) if made is not None else _read(csr or Path())
        application = {
            "csr": text,
            "iin": iin,
            "surname": surname,
            "given": given_name,
            "patronymic": patronymic,
            "bin": bin_,
            "organisation": organisation,
            "role": role,
            "usage": usage,
        }
        body = {name: value for name, value in application.items() if value is not None}
        found = await office.call("POST", "/nca/certificates", body)
        if made is not None:
            loaded = x509.load_pem_x509_certificate(found["certificate"].encode())
            found["demo_key"] = str(DemoKeys(home).keep(made, loaded))
        return found

    found = _done("issue", stand, home, work)
    _tell(
        output,
        found,
        [found["certificate"].strip(), f"serial {found['serial']}"]
        + ([f"demo key: {found['demo_key']} (of nobody, and open to whoever reads it)"] if "demo_key" in found else []),
    )


@app.command()
def show(
    serial: SerialArgument, stand: StandOption = HERE, home: HomeOption = HOME, output: OutputOption = Output.PRETTY
) -> None:
    """Show what the authority has on record of a certificate."""
    _on_record("show", "GET", f"/nca/certificates/{serial}", None, stand, home, output)


@app.command()
def revoke(
    serial: SerialArgument,
    reason: Annotated[Reason, typer.Option(help="Why.")] = Reason.UNSPECIFIED,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Revoke a certificate for good."""
    body = {"serial": serial, "reason": reason}
    _on_record("revoke", "POST", "/nca/revocations", body, stand, home, output)


@app.command()
def suspend(
    serial: SerialArgument, stand: StandOption = HERE, home: HomeOption = HOME, output: OutputOption = Output.PRETTY
) -> None:
    """Suspend a certificate until it is resumed or revoked."""
    _on_record("suspend", "POST", "/nca/suspensions", {"serial": serial}, stand, home, output)


@app.command()
def resume(
    serial: SerialArgument, stand: StandOption = HERE, home: HomeOption = HOME, output: OutputOption = Output.PRETTY
) -> None:
    """End a suspension."""
    _on_record("resume", "DELETE", f"/nca/suspensions/{serial}", None, stand, home, output)


@app.command()
def p12(
    serial: SerialArgument,
    password: Annotated[str, typer.Option(envvar="AIMAQ_P12_PASSWORD", help="What the file is to be opened with.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Write a demo key, one that the stand made, as a PKCS#12 file named as the real authority's are."""
    from cryptography import x509

    from stand.provision.demo_keys import DemoKeys

    async def work(office: Office) -> Path:
        chain = x509.load_pem_x509_certificates(await office.read("/nca/ca"))
        return DemoKeys(home).export(serial.lower().lstrip("0"), password, chain, folder)

    path = _done("p12", stand, home, work)
    _tell(output, {"file": str(path)}, [str(path)])


@app.command()
def crl(
    which: Annotated[List, typer.Argument(help="The complete list, the changes since, or the root's.")] = List.COMPLETE,
    file: Annotated[Path | None, typer.Option(help="Also write it there, in DER.")] = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Show a revocation list: its number, how long it is good, who is on it since when and why."""
    from stand.client.authority import listed

    async def work(office: Office) -> dict[str, Any]:
        data = await office.read(which.path)
        if file is not None:
            try:
                file.write_bytes(data)
            except OSError as error:
                raise Unconfigured(f"{file} cannot be written: {error.strerror}") from None
        return listed(data)

    found = _done("crl", stand, home, work)
    base = f", changes since {found['base']}" if "base" in found else ""
    rows = [f"{one['serial']}  {one['at']}  {one['reason']}" for one in found["entries"]]
    _tell(output, found, [f"number {found['number']}{base}, {found['this_update']} to {found['next_update']}", *rows])


def _done(command: str, stand: str, home: Path, work: Callable[[Office], Coroutine[Any, Any, T]]) -> T:
    from aimaq.http.client import http_client
    from stand.client.address import find
    from stand.client.authority import Office

    async def called(url: str, token: str) -> T:
        async with http_client(timeout=TIMEOUT) as session:
            return await work(Office(session, url, token))

    try:
        address = find(stand, home)
        return asyncio.run(called(address.urls["registry"], address.tokens["registry"]))
    except AimaqError as error:
        echo(f"aimaq ca {command}: {error.detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE) from None


def _on_record(
    command: str, method: str, path: str, body: dict[str, Any] | None, stand: str, home: Path, output: Output
) -> None:
    async def work(office: Office) -> dict[str, Any]:
        return await office.call(method, path, body)

    found = _done(command, stand, home, work)
    status = found["status"]
    if found["reason"] is not None:
        status += f" since {found['revoked_at']}: {found['reason']}"
    good = f"{found['usage']}, {found['role']}, {found['issued_at']} to {found['not_after']}"
    late = found.get("unconfirmed")
    unsaid = [f"not known to know it yet: {', '.join(late)}"] if late else []
    _tell(output, found, [f"{found['serial']}  {status}", found["subject"], good, *unsaid])


def _tell(output: Output, found: dict[str, Any], lines: list[str]) -> None:
    if output is Output.JSON:
        echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        echo("\n".join(lines))


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Unconfigured(f"{path} cannot be read: {error}") from None
