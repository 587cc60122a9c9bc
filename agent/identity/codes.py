"""One-time codes: six digits by e-mail, kept as a slow salted hash, good for one sign-in."""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import Customer, OneTimeCode

LIFETIME = timedelta(minutes=10)
ATTEMPTS = 5
"""How often one code may be tried."""

# Slow enough that all million codes take hours of one core (RFC 7914: N, r, p).
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


class Codes:
    """Makes and redeems codes. Threads and processes may share a database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def issue(self, customer_id: str) -> str:
        """A new code for the customer; their earlier ones are worth nothing any more."""
        code, salt, now = f"{secrets.randbelow(10**6):06}", secrets.token_hex(16), self._clock()
        row = OneTimeCode(
            id=salt,
            customer_id=customer_id,
            code_hash=_hash(code, salt),
            created_at=now,
            expires_at=now + LIFETIME,
        )
        with self._db.write(SYSTEM) as session:
            session.execute(
                delete(OneTimeCode).where(
                    or_(
                        (OneTimeCode.customer_id == customer_id) & OneTimeCode.used_at.is_(None),
                        OneTimeCode.expires_at <= now,
                    )
                )
            )
            session.add(row)
        return code

    def redeem(self, email: str, code: str) -> str | None:
        """The id of the customer whose code it is, once; None for one that is wrong or spent.

        Every call costs one attempt and one hash, whether or not there is such a customer. The
        attempt is taken before the code is compared: tries at once are counted all the same.
        """
        now = self._clock()
        with self._db.write(SYSTEM) as session:
            row = _attempt(session, email, now)
        salt, expected = (row.id, row.code_hash) if row else (secrets.token_hex(16), "")
        right = hmac.compare_digest(_hash(_digits(code), salt), expected)
        if row is None or not right:
            return None
        with self._db.write(SYSTEM) as session:
            return session.scalar(
                update(OneTimeCode)
                .where(OneTimeCode.id == row.id, OneTimeCode.used_at.is_(None))
                .values(used_at=now)
                .returning(OneTimeCode.customer_id)
            )


def _attempt(session: Session, email: str, now: datetime) -> OneTimeCode | None:
    """The code that can still be tried, one attempt taken from it."""
    open_codes = (
        select(OneTimeCode.id)
        .join(Customer, Customer.id == OneTimeCode.customer_id)
        .where(Customer.email == email, Customer.email != "")
        .where(OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > now)
        .order_by(OneTimeCode.created_at.desc())
        .limit(1)
    )
    return session.scalar(
        update(OneTimeCode)
        .where(OneTimeCode.id == open_codes.scalar_subquery(), OneTimeCode.attempts < ATTEMPTS)
        .values(attempts=OneTimeCode.attempts + 1)
        .returning(OneTimeCode)
        .execution_options(synchronize_session=False)
    )


def _digits(code: str) -> str:
    """The code as it was sent, however it was typed: full width, with spaces or dashes."""
    return "".join(c for c in unicodedata.normalize("NFKC", code) if c.isdigit())


def _hash(code: str, salt: str) -> str:
    return hashlib.scrypt(code.encode(), salt=salt.encode(), **_SCRYPT).hex()
