"""Whether the certificates that signed something counted: what the authority told when the bundle was made.

It must have been good at the time of the gateway's statement. A withdrawal is held against what a certificate signed
after it; what was signed before stays good.
"""

from __future__ import annotations

from dataclasses import replace

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from aimaq.eds.revocation.crl import DeltaList, RevocationList
from aimaq.eds.revocation.status import Status
from aimaq.eds.x509.certificates import Certificate
from aimaq.language.errors import AimaqError, BadSignature, Technical
from aimaq.language.signing.jws import thumbprint
from aimaq.language.texts import Texts
from gateway_svc.journal.statement import read_statement
from stand.bundle.archive import STATEMENT
from stand.bundle.certificate_status import CHANGES, CRL, OF_ROOT, answer_of, question_about
from stand.bundle.inspection.evidence import Check, Evidence

NOT_ASKED = Texts(
    kk="мұндай сертификат туралы сұралмайды",
    ru="о таком сертификате не спрашивают",
    en="it is not asked of such a certificate",
)
NO_LIST = Texts(
    kk="оны берген орталықтың тізімі жоқ", ru="нет списка того, кто его выдал", en="there is no list of its issuer"
)


def revocation(evidence: Evidence, check: Check) -> None:
    """The revocation lists and the responder's answers are the authority's, and were in date."""
    evidence.statement = read_statement(evidence.files.get(f"{STATEMENT}.json", b""))
    for name, take in ((CRL, _complete), (OF_ROOT, _complete), (CHANGES, _changes)):
        if name in evidence.files:
            try:
                take(evidence, name)
            except AimaqError as error:
                check.faults.append((name, error.detail))
        elif name in evidence.missing:
            check.unchecked.append((name, f"it could not be had: {evidence.missing[name]}"))
        else:
            check.faults.append((name, "it is missing"))
    about = {answer_of(one.certificate): one.certificate for one in evidence.signers}
    for name, _ in evidence.under("revocation", ".der"):
        if name in about:
            try:
                _answer(evidence, name, about[name])
            except AimaqError as error:
                check.faults.append((name, error.detail))
    lists = ", ".join(
        f"list {one.number} of {one.this_update:%F %T} UTC with {len(one)} withdrawn" for one in evidence.lists.values()
    )
    answers = f"{len(evidence.answers)} answers of the responder, made after the gateway's statement"
    check.summary = f"{lists or 'no list'}; {answers}"


def certificates(evidence: Evidence, check: Check) -> None:
    """It is known of every certificate that signed something whether it was withdrawn, and since when."""
    for place, certificate in evidence.signers:
        if evidence.trust is None or evidence.trust.chain_status(certificate).fault:
            continue  # whoever checks what it signed, names it
        sources = {"list": _by_list(evidence, certificate)}
        name, answer = answer_of(certificate), evidence.answers.get(certificate.digest)
        if answer is not None:
            sources["responder"] = answer.status
            if answer.status.unknown and _names_responder(certificate):
                check.faults.append((name, answer.status.unknown.en))
            elif answer.status.unknown:  # the list alone tells of it, as of the authority's own time stamps
                sources["responder"] = replace(answer.status, unknown=NOT_ASKED)
        elif name not in evidence.files and question_about(certificate, evidence.trust, b"") is not None:
            if name in evidence.missing:
                check.unchecked.append((name, f"it could not be had: {evidence.missing[name]}"))
            else:
                check.faults.append((name, "it is missing"))
        counts = evidence.statuses[certificate.digest] = _what_counts(list(sources.values()))
        if counts.since is not None:
            evidence.withdrawn[thumbprint(certificate.x509)] = counts.since
            if place.startswith("authority/"):
                check.faults.append((place, f"the authority itself was withdrawn {counts.since:%F %T} UTC"))
        elif (why := counts.unknown or counts.stale) is not None:
            check.faults.append((place, f"it is not known whether its certificate was withdrawn: {why.en}"))
        words = "; ".join(f"{by}: {_in_words(status)}" for by, status in sources.items())
        check.particulars.append((place, f"certificate {certificate.number}, {words}"))
    check.summary = (
        f"{len(evidence.statuses)} certificates signed something here; of each it is told whether it was withdrawn"
    )


def _complete(evidence: Evidence, name: str) -> None:
    if evidence.trust is None:
        raise BadSignature(Technical("there is no authority to have signed it"))
    found = RevocationList(evidence.files[name], evidence.trust)
    issuer = evidence.trust.authority(found.issuer)
    if (issuer is not None and issuer.subject == issuer.issuer) != (name == OF_ROOT):
        raise BadSignature(Technical("it is the list of another authority"))
    _in_date(evidence, found)
    evidence.lists[found.issuer] = found


def _changes(evidence: Evidence, name: str) -> None:
    """Bring the complete list up to date; it may have been made after the changes, and then has them all."""
    if evidence.trust is None:
        raise BadSignature(Technical("there is no authority to have signed it"))
    found = DeltaList(evidence.files[name], evidence.trust)
    _in_date(evidence, found)
    complete = evidence.lists.get(found.issuer)
    if complete is None:
        raise BadSignature(Technical("there is no list here that it goes on from"))
    if found.number > complete.number:
        evidence.lists[found.issuer] = complete.updated(found)


def _in_date(evidence: Evidence, found: RevocationList | DeltaList) -> None:
    if evidence.as_of is not None and not found.good_at(evidence.as_of):
        raise BadSignature(
            Technical(
                f"it is good from {found.this_update:%F %T} to {found.next_update:%F %T} UTC, "
                f"and the bundle was made {evidence.as_of:%F %T} UTC"
            )
        )


def _answer(evidence: Evidence, name: str, certificate: Certificate) -> None:
    statement = evidence.files.get(f"{STATEMENT}.json", b"")
    question = question_about(certificate, evidence.trust, statement) if evidence.trust is not None else None
    if question is None or evidence.as_of is None:
        raise BadSignature(Technical("there is no authority, or no statement of the gateway, to check it by"))
    answer = question.answered(evidence.files[name], evidence.as_of)
    if answer.status.stale:
        raise BadSignature(Technical(f"{answer.status.stale.en}, and the bundle was made {evidence.as_of:%F %T} UTC"))
    evidence.answers[certificate.digest] = answer


def _by_list(evidence: Evidence, certificate: Certificate) -> Status:
    found = evidence.lists.get(certificate.issuer)
    if found is None:
        return Status("crl", unknown=NO_LIST)
    return found.status(certificate, evidence.as_of or found.this_update)


def _what_counts(sources: list[Status]) -> Status:
    """What counts of what two sources tell: a withdrawal, the earlier of two; if not, that it is good; if not, nothing.

    They are asked one after the other, so the later may know of a withdrawal that the earlier did not.
    """
    withdrawn = {one.since: one for one in sources if one.since is not None}
    if withdrawn:
        return withdrawn[min(withdrawn)]
    good = [one for one in sources if not one.unknown and not one.stale]
    return good[0] if good else sources[0]


def _in_words(status: Status) -> str:
    if status.since is not None:
        return f"{'suspended' if status.suspended else 'withdrawn'} {status.since:%F %T} UTC, {status.reason.value}"
    why = status.unknown or status.stale
    return why.en if why is not None else "not withdrawn"


def _names_responder(certificate: Certificate) -> bool:
    """Whether the certificate itself says that a responder tells of it (RFC 5280, 4.2.2.1)."""
    try:
        access = certificate.x509.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
    return any(one.access_method == AuthorityInformationAccessOID.OCSP for one in access)
