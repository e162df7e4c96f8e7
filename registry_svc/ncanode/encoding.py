"""Base64 and PEM as clients of NCANode write them: with line breaks or without, with padding or without."""

from __future__ import annotations

import base64
import binascii

from aimaq.eds.cms.content import unarmoured
from aimaq.language.errors import BadSignature
from registry_svc.ncanode.problems import Refused

_STANDARD = str.maketrans("-_", "+/", " \t\r\n")


def decoded(text: str, field: str) -> bytes:
    """The bytes in a text of base64; Refused names the field if it is none."""
    plain = text.translate(_STANDARD).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise Refused(f"{field}: Invalid Base64 format.", details=field) from None


def der_in(text: str, field: str, *labels: str) -> bytes:
    """The DER in a text: in base64, in PEM with one of these labels, or in base64 of that; Refused if in none."""
    try:
        if text.lstrip().startswith("-----BEGIN"):
            return unarmoured(text.encode("ascii", "replace"), labels)
        return unarmoured(decoded(text, field), labels)
    except BadSignature as error:
        raise Refused(f"{field}: {error.detail}", details=field) from None


def encoded(data: bytes) -> str:
    """Bytes as base64 in one line."""
    return base64.b64encode(data).decode()
