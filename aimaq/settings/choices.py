"""Which settings are one of a few words, which hold what has to be read, and which are a service's own."""

from __future__ import annotations

TEXT_OF = {"roles_of_staff": "staff_roles", "networks_of_proxies": "trusted_proxies"}
"""The setting that a property reads, if it can hold what cannot be read."""

AUTHORITY_KEYS = ("rsa", "p-256")
CHOICES = {
    "revocation": ("crl", "ocsp"),
    "ocsp_down": ("refuse", "list"),
    "ncanode": ("on", "off"),
    "log_format": ("text", "json"),
    "authority_keys": AUTHORITY_KEYS,
}
"""The settings that are one of a few words."""

OWN = frozenset(
    {
        "party",
        "host",
        "port",
        "home",
        "clock_folder",
        "database_url",
        "broker_url",
        "broker_prefix",
        "registry_url",
        "nca_url",
        "stand_urls",
    }
)
"""The settings that differ between the services of a stand, or that whoever starts them decides."""
