"""The shop's own sign-in: a short-lived signed token (JWT, RFC 7519) that is good for one visit.

HS256 with a secret that the shop and Shopclerk share, or RS256 with the shop's public keys. Which
key verifies is decided by the algorithm before anything is verified, so that no token can have its
signature checked by a key of the other kind (RFC 8725, section 3.1).
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from agent.clock import Clock
from agent.identity.keys import KeySet
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import OneTimeCode
from agent.settings import Settings

SKEW = timedelta(seconds=60)
"""How far the shop's clock and ours may differ."""
LONGEST = timedelta(hours=24)
"""How far in the future a token may expire: so long its id must be remembered."""
LARGEST = 8192  # characters

_REQUIRED = ["sub", "exp", "aud", "iat"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says: whose it is, and by what it is known when it comes again."""

    customer_id: str
    mark: str
    expires_at: datetime


class Tokens:
    """Verifies tokens and remembers the used ones. Threads and processes may share a database."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        secret: str = "",
        keys: KeySet | None = None,
        audience: str = "shopclerk",
        issuer: str = "",
    ) -> None:
        self._db = db
        self._clock = clock
        self._secret = secret
        self._keys = keys
        self._audience = audience
        self._issuer = issuer

    def verify(self, token: str) -> Claims | None:
        """What the token says; None for one that proves nothing, whatever the reason.

        Raises IdentityDown where the shop's keys cannot be had.
        """
        if len(token) > LARGEST:
            return None
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key = self._key(header)
            return _claims(self._decode(token, algorithm, key)) if key else None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            return None

    def spend(self, claims: Claims) -> bool:
        """Note that the token was used; False where it had been before.

        The mark lies beside the one-time codes until the token expires, for all processes.
        """
        now = self._clock()
        used = OneTimeCode(
            id=f"token-{claims.mark[:32]}",
            customer_id=claims.customer_id,
            code_hash=claims.mark,
            created_at=now,
            expires_at=max(claims.expires_at + SKEW, now + SKEW),
            used_at=now,
        )
        try:
            with self._db.write(SYSTEM) as session:
                session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at <= now))
                session.add(used)
        except IntegrityError:
            return False
        return True

    def _key(self, header: dict[str, Any]) -> tuple[str, str | RSAPublicKey | None]:
        match header.get("alg"):
            case "HS256" if self._secret:
                return "HS256", self._secret
            case "RS256" if self._keys:
                return "RS256", self._keys.find(header.get("kid"))
            case _:
                return "none", None

    def _decode(self, token: str, algorithm: str, key: str | RSAPublicKey) -> dict[str, Any]:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=self._audience,
            issuer=self._issuer or None,
            leeway=SKEW,
            options={"require": [*_REQUIRED, *(["iss"] if self._issuer else [])]},
        )


def open_tokens(settings: Settings, db: Database, clock: Clock) -> Tokens:
    """As these settings say; without a secret and keys no token proves anything."""
    return Tokens(
        db,
        clock,
        secret=settings.token_secret.get_secret_value(),
        keys=KeySet(settings.token_keys) if settings.token_keys else None,
        audience=settings.token_audience,
        issuer=settings.token_issuer,
    )


def _claims(payload: dict[str, Any]) -> Claims | None:
    """The claims that count, of a payload whose signature and times are right."""
    once = payload.get("jti") or payload.get("nonce")
    if not isinstance(once, str) or not payload["sub"]:
        return None
    expires = int(payload["exp"])
    if expires > time.time() + (LONGEST + SKEW).total_seconds():
        return None
    issuer = payload.get("iss", "")
    mark = hashlib.sha256(f"{issuer}\n{once}".encode()).hexdigest()
    return Claims(payload["sub"], mark, datetime.fromtimestamp(expires, UTC))
