"""The shop's public keys: a JWKS (RFC 7517) from a URL or a file, kept and seldom fetched."""

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

from agent.errors import IdentityDown, SettingsError
from agent.masking import mask_password

LIFETIME = 600.0
"""Seconds after which the keys are fetched again: one that the shop withdrew is gone then."""
PAUSE = 30.0
"""Seconds between two fetches at least, however many unknown keys tokens name."""
TIMEOUT = 5.0
LARGEST = 256 * 1024  # bytes
MOST = 50  # keys
SMALLEST = 2048
"""Bits of an RSA key at least (RFC 7518, section 3.3)."""

log = logging.getLogger(__name__)


class KeySet:
    """RSA keys by their `kid`. Threads may share it; one of them fetches, the others wait.

    `source` is a file, or a URL: https, or http on this machine. Raises SettingsError for another.
    """

    def __init__(self, source: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._source = _checked(source)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched = self._tried = float("-inf")

    def find(self, kid: str | None) -> RSAPublicKey | None:
        """The key of this id; without one, the only key there is.

        Raises IdentityDown where no key could be fetched yet.
        """
        with self._lock:
            now = self._monotonic()
            stale = now - self._fetched > LIFETIME
            if (stale or self._known(kid) is None) and now - self._tried > PAUSE:
                self._tried = now
                self._fetch(now)
            if self._fetched == float("-inf"):
                raise IdentityDown
            return self._known(kid)

    def _known(self, kid: str | None) -> RSAPublicKey | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid) if kid is not None else None

    def _fetch(self, now: float) -> None:
        """Take the place of the keys; on a failure they stay, and the log says why."""
        try:
            document = json.loads(_read(self._source))
            self._keys = dict(filter(None, map(_rsa_key, document["keys"][:MOST])))
            self._fetched = now
        except (OSError, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            where = mask_password(self._source)
            log.warning("the key set at %s cannot be read: %s", where, mask_password(str(error)))


def _checked(source: str) -> str:
    url = urlsplit(source)
    here = url.hostname in ("localhost", "127.0.0.1", "::1")
    if "://" in source and url.scheme != "https" and not (url.scheme == "http" and here):
        shown = mask_password(source)
        raise SettingsError(f"SHOPCLERK_TOKEN_KEYS={shown!r} cannot be: write https://… or a file")
    return source


def _read(source: str) -> bytes:
    """The bytes at the source. Raises ValueError for more than `LARGEST`."""
    if "://" not in source:
        with Path(source).open("rb") as file:
            content = file.read(LARGEST + 1)
    else:
        content = _get(source)
    if len(content) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes")
    return content


def _get(url: str) -> bytes:
    """The body at the URL, no more of it than shows that it is too large."""
    content, deadline = b"", time.monotonic() + TIMEOUT
    with httpx.stream("GET", url, timeout=TIMEOUT) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            content += chunk
            if len(content) > LARGEST:
                break
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout(f"not within {TIMEOUT:.0f} s")
    return content


def _rsa_key(entry: Any) -> tuple[str, RSAPublicKey] | None:
    """The key of one entry, if it may verify RS256; others are left out."""
    if not isinstance(entry, dict) or entry.get("kty") != "RSA":
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    try:
        key = PyJWK(entry, "RS256").key
    except (PyJWTError, ValueError):
        return None
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST:
        return None
    return str(entry.get("kid", "")), key
