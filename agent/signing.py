"""Signatures over messages between Shopclerk and the shop's own system, in both directions.

Standard Webhooks (https://www.standardwebhooks.com, version 1): the header `webhook-signature`
holds `v1,` and the base64 of an HMAC-SHA256 over `webhook-id`, `webhook-timestamp` and the body,
joined by full stops. A header may hold several signatures with spaces between them.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from agent.errors import BadSignature, SettingsError

TOLERANCE = 300
"""Seconds that a message's time may differ from ours (five minutes: the standard's libraries)."""

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """The key of a secret: the base64 behind ``whsec_``, else the text itself.

    Raises SettingsError for a ``whsec_`` secret that is no base64.
    """
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SettingsError(
            "SHOPCLERK_WEBHOOK_SECRET begins with whsec_ and goes on with something that is no "
            "base64; `openssl rand -base64 32` makes such a rest"
        ) from None


def sign(secret: str, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers of a message that is sent now."""
    seconds = str(int(now.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": _signature(secret, message_id, seconds, body),
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a message that is signed with the secret and of this moment.

    Raises BadSignature otherwise.
    """
    message_id, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not (seconds.isascii() and seconds.isdigit()):
        raise BadSignature("webhook-id, webhook-timestamp and webhook-signature are needed")
    if abs(now.timestamp() - int(seconds[:15])) > TOLERANCE:
        raise BadSignature(f"webhook-timestamp is more than {TOLERANCE} seconds from now")
    wanted = _signature(secret, message_id, seconds, body).encode()
    given = headers.get("webhook-signature", "").encode("utf-8", "replace").split()
    if not any(hmac.compare_digest(wanted, one) for one in given):
        raise BadSignature("webhook-signature does not fit the message")
    return message_id


def _signature(secret: str, message_id: str, seconds: str, body: bytes) -> str:
    signed = b".".join((message_id.encode("utf-8", "replace"), seconds.encode(), body))
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
