"""What a verdict costs, beside the bare cryptographic operation in the same run. CPU time, the best of several."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from aimaq.eds.cms import reader
from aimaq.eds.x509.profile import PrivateKey
from tests.eds.judging import check
from tests.eds.pki import DOCUMENT, IIN, NOW, RSA_KEY, Pki, curve_key


def cost(act: Callable[[], object]) -> float:
    """Seconds of CPU time for one call, the best of ten times a hundred."""

    def hundred() -> float:
        begun = time.process_time()
        for _ in range(100):
            act()
        return (time.process_time() - begun) / 100

    return min(hundred() for _ in range(10))


@pytest.mark.parametrize("key", [curve_key(), RSA_KEY], ids=["P-256", "RSA-2048"])
def test_with_everything_remembered_a_verdict_costs_little_more_than_the_signature(key: PrivateKey) -> None:
    pki = Pki()
    crl, holder, bare = pki.crl(), pki.person(key=key), pki.person()
    signed, plain = holder.sign(), reader.take_apart(bare.sign())
    assert bare.certificate.key is not None
    public = bare.certificate.key
    one = cost(lambda: plain.made_by(public))
    whole = cost(lambda: check(DOCUMENT, signed, IIN, NOW, pki.trust, crl))
    # 1.6 and 1.0 times as measured; reading a certificate or walking its chain anew would make it 4 and more.
    assert whole < 3 * one, f"{whole * 1e6:.0f} µs beside {one * 1e6:.0f} µs for one P-256 verification"
