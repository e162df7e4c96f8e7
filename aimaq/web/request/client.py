"""The address of whoever calls: the peer of the connection, or whom a trusted proxy names (`X-Forwarded-For`).

A client can write into the header what it likes. Every proxy adds, on the right, the address that it was called from;
so the header is read from the right, as long as each address is one of a proxy that the settings trust.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request

Network = IPv4Network | IPv6Network

OF_ONE_CLIENT = 64
"""Bits of an IPv6 address that name a network: whoever has one address of it has them all."""


def client_of(request: Request, trusted: Sequence[Network]) -> str:
    """The client's address, of IPv6 its network of 64 bits; empty if the server does not know it.

    An address that cannot be read is that of the proxy which passed it on.
    """
    peer = request.client.host if request.client is not None else ""
    known = _read(peer)
    if known is None:
        return peer
    for forwarded in _forwarded(request):
        if not any(known in network for network in trusted):
            break
        following = _read(forwarded)
        if following is None:
            break
        known = following
    return _named(known)


def by_https(request: Request, trusted: Sequence[Network]) -> bool:
    """Whether the client called by HTTPS: this service itself, or a trusted proxy that says so."""
    if request.url.scheme == "https":
        return True
    known = _read(request.client.host) if request.client is not None else None
    if known is None or not any(known in network for network in trusted):
        return False
    return request.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip() == "https"


def _forwarded(request: Request) -> Iterator[str]:
    """The addresses in the header, the one added last first."""
    entries = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    return (entry.strip() for entry in reversed(entries))


@lru_cache(256)
def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _named(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((int(address), OF_ONE_CLIENT), strict=False))
