"""Where a verifier finds the authority's answers, lists and certificates, as certificates and lists say it.

All of it is on the stand: nothing points to the real authority.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses below the registry's; if that is empty, there are none, and nothing is written anywhere."""

    registry: str

    def written_in(self, builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        """The certificate with where to find its status and issuer."""
        if not self.registry:
            return builder
        access = [(Access.OCSP, "nca/ocsp"), (Access.CA_ISSUERS, "nca/ca/issuing")]
        return (
            builder.add_extension(self._access(access), critical=False)
            .add_extension(x509.CRLDistributionPoints([self._point("nca/crl")]), critical=False)
            .add_extension(x509.FreshestCRL([self._point("nca/crl/delta")]), critical=False)
        )

    def of_root(self, builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        """The issuing authority's certificate, with where to find its status, the root and its list."""
        if not self.registry:
            return builder
        access = ((Access.OCSP, "nca/ocsp"), (Access.CA_ISSUERS, "nca/ca/root"))
        return builder.add_extension(self._access(access), critical=False).add_extension(
            x509.CRLDistributionPoints([self._point("nca/crl/root")]), critical=False
        )

    def freshest(self) -> x509.FreshestCRL | None:
        """What a complete list says of where the changes since are."""
        return x509.FreshestCRL([self._point("nca/crl/delta")]) if self.registry else None

    def _access(self, places: Iterable[tuple[x509.ObjectIdentifier, str]]) -> x509.AuthorityInformationAccess:
        return x509.AuthorityInformationAccess(
            x509.AccessDescription(method, self._name(path)) for method, path in places
        )

    def _name(self, path: str) -> x509.UniformResourceIdentifier:
        return x509.UniformResourceIdentifier(f"{self.registry.rstrip('/')}/{path}")

    def _point(self, path: str) -> x509.DistributionPoint:
        return x509.DistributionPoint([self._name(path)], None, None, None)
