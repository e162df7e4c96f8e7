"""The verdict on one signature by a list that is at hand, as a whole: read, looked up, judged."""

from __future__ import annotations

from datetime import datetime

from aimaq.eds.findings import UNDECIDED
from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.verdict import Asked, Verdict, judge, opened
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import Unavailable


def check(
    document: bytes, signature: bytes, expected_iin: str | None, at: datetime, trust: TrustStore, crl: RevocationList
) -> Verdict:
    """Judge a CMS over `document`, as of `at`, made by the person with this IIN (None: by anyone).

    Unavailable if it is well issued and `crl` cannot tell at that time whether it was revoked.
    """
    found = opened(signature)
    if isinstance(found, Verdict):
        return found
    verdict = judge(document, found, Asked(iin=expected_iin), at, trust, lambda one: crl.status(one, at))
    for finding in verdict.findings:
        if finding.code in UNDECIDED:
            raise Unavailable(finding.particulars)
    return verdict
