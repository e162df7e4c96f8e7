"""Whether the certificates that signed something counted: what the authority told when the bundle was made.

It must have been good at the time of the gateway's statement. A withdrawal is held against what a certificate signed
after it; what was signed before stays good.
"""

from __future__ import annotations

from dataclasses import replace

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.revocation.crl import DeltaList, RevocationList
from aimaq.eds.revocation.status import Status
from aimaq.language.errors import AimaqError, BadSignature
from aimaq.language.signing.jws import thumbprint
from gateway_svc.journal.statement import read_statement
from stand.bundle.archive import STATEMENT
from stand.bundle.certificate_status import CHANGES, CRL, OF_ROOT, answer_of, question_about
from stand.bundle.inspection.evidence import Check, Evidence


def revocation(seen: Evidence, check: Check) -> None:
    """The revocation lists and the responder's answers are the authority's, and were in date."""
    seen.statement = read_statement(seen.files.get(f"{STATEMENT}.json", b""))
    for name, take in ((CRL, _complete), (OF_ROOT, _complete), (CHANGES, _changes)):
        if name in seen.files:
            try:
                take(seen, name)
            except AimaqError as error:
                check.faults.append((name, error.detail))
        elif name in seen.missing:
            check.unchecked.append((name, f"it could not be had: {seen.missing[name]}"))
        else:
            check.faults.append((name, "it is missing"))
    about = {answer_of(one.certificate): one.certificate for one in seen.signers}
    for name, _ in seen.under("revocation", ".der"):
        if name in about:
            try:
                _answer(seen, name, about[name])
            except AimaqError as error:
                check.faults.append((name, error.detail))
    lists = ", ".join(
        f"list {one.number} of {one.this_update:%F %T} UTC with {len(one)} withdrawn" for one in seen.lists.values()
    )
    answers = f"{len(seen.answers)} answers of the responder, made after the gateway's statement"
    check.said = f"{lists or 'no list'}; {answers}"


def certificates(seen: Evidence, check: Check) -> None:
    """It is known of every certificate that signed something whether it was withdrawn, and since when."""
    for place, certificate in seen.signers:
        if seen.trust is None or seen.trust.standing(certificate).fault:
            continue  # whoever checks what it signed, names it
        sources = {"list": _by_list(seen, certificate)}
        name, answer = answer_of(certificate), seen.answers.get(certificate.digest)
        if answer is not None:
            sources["responder"] = answer.status
            if answer.status.unknown and _names_responder(certificate):
                check.faults.append((name, answer.status.unknown))
            elif answer.status.unknown:  # the list alone tells of it, as of the authority's own time stamps
                sources["responder"] = replace(answer.status, unknown="it is not asked of such a certificate")
        elif name not in seen.files and question_about(certificate, seen.trust, b"") is not None:
            if name in seen.missing:
                check.unchecked.append((name, f"it could not be had: {seen.missing[name]}"))
            else:
                check.faults.append((name, "it is missing"))
        counts = seen.statuses[certificate.digest] = _what_counts(list(sources.values()))
        if counts.since is not None:
            seen.withdrawn[thumbprint(certificate.x509)] = counts.since
            if place.startswith("authority/"):
                check.faults.append((place, f"the authority itself was withdrawn {counts.since:%F %T} UTC"))
        elif counts.unknown or counts.stale:
            why = counts.unknown or counts.stale
            check.faults.append((place, f"it is not known whether its certificate was withdrawn: {why}"))
        words = "; ".join(f"{by}: {_in_words(status)}" for by, status in sources.items())
        check.told.append((place, f"certificate {certificate.number}, {words}"))
    check.said = f"{len(seen.statuses)} certificates signed something here; of each it is told whether it was withdrawn"


def _complete(seen: Evidence, name: str) -> None:
    if seen.trust is None:
        raise BadSignature("there is no authority to have signed it")
    found = RevocationList(seen.files[name], seen.trust)
    issuer = seen.trust.authority(found.issuer)
    if (issuer is not None and issuer.subject == issuer.issuer) != (name == OF_ROOT):
        raise BadSignature("it is the list of another authority")
    _in_date(seen, found)
    seen.lists[found.issuer] = found


def _changes(seen: Evidence, name: str) -> None:
    """Bring the complete list up to date; it may have been made after the changes, and then has them all."""
    if seen.trust is None:
        raise BadSignature("there is no authority to have signed it")
    found = DeltaList(seen.files[name], seen.trust)
    _in_date(seen, found)
    complete = seen.lists.get(found.issuer)
    if complete is None:
        raise BadSignature("there is no list here that it goes on from")
    if found.number > complete.number:
        seen.lists[found.issuer] = complete.updated(found)


def _in_date(seen: Evidence, found: RevocationList | DeltaList) -> None:
    if seen.as_of is not None and not found.good_at(seen.as_of):
        raise BadSignature(
            f"it is good from {found.this_update:%F %T} to {found.next_update:%F %T} UTC, "
            f"and the bundle was made {seen.as_of:%F %T} UTC"
        )


def _answer(seen: Evidence, name: str, certificate: Certificate) -> None:
    statement = seen.files.get(f"{STATEMENT}.json", b"")
    question = question_about(certificate, seen.trust, statement) if seen.trust is not None else None
    if question is None or seen.as_of is None:
        raise BadSignature("there is no authority, or no statement of the gateway, to check it by")
    answer = question.answered(seen.files[name], seen.as_of)
    if answer.status.stale:
        raise BadSignature(f"{answer.status.stale}, and the bundle was made {seen.as_of:%F %T} UTC")
    seen.answers[certificate.digest] = answer


def _by_list(seen: Evidence, certificate: Certificate) -> Status:
    found = seen.lists.get(certificate.issuer)
    if found is None:
        return Status("crl", unknown="there is no list of its issuer")
    return found.status(certificate, seen.as_of or found.this_update)


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
    return status.unknown or status.stale or "not withdrawn"


def _names_responder(certificate: Certificate) -> bool:
    """Whether the certificate itself says that a responder tells of it (RFC 5280, 4.2.2.1)."""
    try:
        access = certificate.x509.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
    return any(one.access_method == AuthorityInformationAccessOID.OCSP for one in access)
