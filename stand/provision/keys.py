"""The keys of a stand: made once, kept in its home, never shown. Services read them through
`aimaq.access.systems.keystore`.

    <home>/nca/root, nca/issuing                  the authority's keys, which only the registry reads
    <home>/nca/ocsp, nca/tsa                      those of its services that answer about certificates and stamp times
    <home>/nca/issued                             what was issued before there was a registry to record it
    <home>/keys/<party>/key.pem, cert.pem         what a system signs its messages with
    <home>/keys/autopilot/key.pem, cert.pem       what the official who is not there signs with
    <home>/keys/trust/ca.pem, <party>*.pem        whom everyone trusts, and whose signature is whose
    <home>/keys/<party>/admin.token               opens what only an administrator may do at this party's service

Doing it again changes nothing, except that what is missing is made and what is out of date is made anew. Certificates
replaced stay in `trust`, so that what was signed with them can still be checked; what is not the certificate of the
system that its name says is renamed `*.refused` there, and trusted no more.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aimaq.access.administration import token_file
from aimaq.access.systems.keystore import (
    AUTHORITIES,
    CERTIFICATE,
    KEY,
    keys_of,
    load_pair,
    load_trust,
    read_any_key,
    read_certificates,
    trust_of,
    write,
)
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import PrivateKey, PublicKey, Role
from aimaq.language.clock import Clock
from aimaq.language.errors import BadSignature, Unconfigured
from aimaq.language.ids import Ids
from aimaq.language.ids import new_key as new_key
from aimaq.language.iin import synthetic_bin, synthetic_iin
from aimaq.language.messages import PARTIES
from aimaq.language.signing.system_certificate import demand
from aimaq.settings.choices import AUTHORITY_KEYS
from registry_svc.nca.authority import SYSTEM_LIFE, Authority, found_authority, found_root
from registry_svc.nca.owner import ORGANISATION, Owner, system_of

AUTOPILOT = "autopilot"

log = logging.getLogger(__name__)

Certify = Callable[[PublicKey], x509.Certificate]


def provision(
    home: Path, clock: Clock, ids: Ids | None = None, registry_url: str = "", authority_keys: str = "rsa"
) -> dict[str, str]:
    """See that the home holds all keys of a stand, and return the token of each service.

    New certificates point to the registry at `registry_url` for their status, or to nothing if that is empty.
    A new authority has `authority_keys`, `rsa` or `p-256`; one that is there keeps what it has.
    Unconfigured, in one line that names the file, if a key there is unfit: nothing that exists is thrown away.
    """
    ids = ids or Ids(clock)
    for folder in (home / "keys", trust_of(home)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    nca = home / "nca"
    if not nca.exists():
        _found(nca, clock, ids, registry_url, authority_keys)
    for service in ("ocsp", "tsa"):
        _keyed(nca / service, authority_keys)
    authority = Authority.load(nca, clock, ids, registry_url)
    write(trust_of(home) / AUTHORITIES, authority.pem, 0o644)
    _put_aside(home)
    for party in PARTIES:
        certificate = _provided(keys_of(home, party), authority, clock, _for_system(authority, party), party)
        _trusted(trust_of(home), party, certificate)
        _recorded(nca, certificate)
    _recorded(nca, _provided(keys_of(home, AUTOPILOT), authority, clock, _for_official(authority)))
    (home / "keys" / "admin.token").unlink(missing_ok=True)  # one token once opened all services
    return {party: _token(token_file(home, party), ids) for party in PARTIES}


def new_rsa_key() -> rsa.RSAPrivateKey:
    """A fresh RSA key of 2048 bits, as people have them; it takes a hundred times as long to make as the other."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def new_authority_keys(kind: str) -> tuple[PrivateKey, PrivateKey]:
    """Fresh keys of a root and of the authority below it, `rsa` or `p-256`; Unconfigured if the kind is neither.

    The national root has RSA-4096. A key of 3072 bits is as good for as long as a stand lives, and takes a quarter of
    the time to make, which whoever starts a new stand has to wait.
    """
    if kind not in AUTHORITY_KEYS:
        raise Unconfigured(f"an authority has keys of {' or '.join(AUTHORITY_KEYS)}, not {kind!r}")
    if kind == "p-256":
        return new_key(), new_key()
    return rsa.generate_private_key(public_exponent=65537, key_size=3072), new_rsa_key()


def _found(folder: Path, clock: Clock, ids: Ids, url: str, kind: str) -> None:
    # All or nothing: a stand that dies here leaves no half of an authority behind.
    folder.parent.mkdir(parents=True, exist_ok=True)
    at, (root_key, key) = clock.now(), new_authority_keys(kind)
    root = found_root(root_key, ids, at)
    with tempfile.TemporaryDirectory(prefix=".nca-", dir=folder.parent) as temporary:
        made = Path(temporary) / folder.name
        for name, private, certificate in (
            ("root", root_key, root),
            ("issuing", key, found_authority(key.public_key(), root, root_key, ids, at, url)),
        ):
            (made / name).mkdir(mode=0o700, parents=True)
            write(made / name / KEY, _pem(private), 0o600)
            write(made / name / CERTIFICATE, certificate.public_bytes(Encoding.PEM), 0o644)
        made.chmod(0o700)
        made.rename(folder)


def _keyed(folder: Path, kind: str) -> None:
    """See that there is a key; the registry certifies it by itself, from time to time."""
    if (folder / KEY).exists():
        read_any_key(folder / KEY)
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    write(folder / KEY, _pem(new_rsa_key() if kind == "rsa" else new_key()), 0o600)


def _put_aside(home: Path) -> None:
    """Take out of the trust folder what is not the certificate of the system that its name says, issued here."""
    trust = load_trust(home)
    for path in sorted(trust_of(home).glob("*.pem")):
        party = path.stem.partition("-")[0]
        if path.name == AUTHORITIES or party not in PARTIES:
            continue
        try:
            for certificate in read_certificates(path):
                demand(party, certificate)
                if fault := trust.chain_status(read(certificate.public_bytes(Encoding.DER))).fault:
                    raise BadSignature(fault)
        except (Unconfigured, BadSignature) as error:
            aside = path.with_name(f"{path.name}.refused")
            path.replace(aside)
            log.warning("%s is put aside as %s and trusted no more: %s", path, aside.name, error.detail)


def _provided(
    folder: Path, authority: Authority, clock: Clock, certify: Certify, party: str | None = None
) -> x509.Certificate:
    """The certificate in a folder, made anew if it is out of date or not that of the system of `party`."""
    path = folder / CERTIFICATE
    if path.exists():
        _, certificate = load_pair(folder, None)
        try:
            certificate.verify_directly_issued_by(authority.certificate)
        except (ValueError, TypeError, InvalidSignature):
            raise Unconfigured(f"{path} was not issued by the authority of this home") from None
        in_date = certificate.not_valid_before_utc <= clock.now() <= certificate.not_valid_after_utc
        if in_date and (party is None or _of_system(party, certificate, path)):
            return certificate
        path.unlink()
    # The certificate is written last: without it the pair is not there, and is made again.
    folder.mkdir(mode=0o700, exist_ok=True)
    key = new_key()
    certificate = certify(key.public_key())
    write(folder / KEY, _pem(key), 0o600)
    write(path, certificate.public_bytes(Encoding.PEM), 0o644)
    return certificate


def _of_system(party: str, certificate: x509.Certificate, path: Path) -> bool:
    try:
        demand(party, certificate)
    except Unconfigured as error:
        log.warning("%s: %s; a new key and certificate are made", path, error.detail)
        return False
    return True


def _for_system(authority: Authority, party: str) -> Certify:
    return lambda key: authority.issue(
        key, system_of(party), role=Role.INFORMATION_SYSTEM, usage="SIGN", life=SYSTEM_LIFE
    )


def _for_official(authority: Authority) -> Certify:
    owner = Owner.person(
        surname="СЫНАҚОВ",
        given_name="АВТОПИЛОТ",
        patronymic="",
        iin=synthetic_iin(_dice(AUTOPILOT)),
        bin=synthetic_bin(_dice("lea")),
        organisation=ORGANISATION,
    )
    return lambda key: authority.issue(key, owner, role=Role.EMPLOYEE, usage="SIGN", life=SYSTEM_LIFE)


def _dice(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - it makes up numbers of nobody, and guards nothing


def _trusted(folder: Path, party: str, certificate: x509.Certificate) -> None:
    path = folder / f"{party}.pem"
    if path.exists():
        before = read_certificates(path)[0]
        if before == certificate:
            return
        path.rename(folder / f"{party}-{before.serial_number:x}.pem")
    write(path, certificate.public_bytes(Encoding.PEM), 0o644)


def _recorded(nca: Path, certificate: x509.Certificate) -> None:
    """Leave a certificate where the registry, which was not there when it was issued, finds it for its records."""
    path = nca / "issued" / f"{certificate.serial_number:x}.pem"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write(path, certificate.public_bytes(Encoding.PEM), 0o644)


def _token(path: Path, ids: Ids) -> str:
    if not path.exists():
        write(path, ids.token(32).encode(), 0o600)
    return path.read_text(encoding="ascii").strip()


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
