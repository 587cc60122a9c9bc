"""By what erased customers are known again without their data being kept: keyed hashes."""

import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.errors import SettingsError
from agent.orders.models import Tombstone
from agent.settings import Settings

AGED = "erased-by-age"
"""The customer to whom orders belong that are kept longer than anybody needs to know whose."""


@dataclass(frozen=True)
class Marks:
    """Hashes under one secret key: without it they tell nothing, and cannot be guessed at."""

    key: bytes

    def id_hash(self, customer_id: str) -> str:
        """What stands for a customer's id."""
        return self._hash("id", customer_id)

    def email_hash(self, email: str) -> str:
        """What stands for an e-mail address, whatever its case; "" for none."""
        return self._hash("email", email.strip().casefold()) if email.strip() else ""

    def alias(self, customer_id: str) -> str:
        """The id under which an erased customer's orders stay together."""
        return f"erased-{self._hash('alias', customer_id)[:16]}"

    def method_alias(self, customer_id: str, method_id: str) -> str:
        """The id that a payment method of an erased customer has from then on."""
        return f"method-{self._hash('method', f'{customer_id}/{method_id}')[:12]}"

    def source_hash(self, source_hash: str) -> str:
        """What stands for the hash of a record, which personal data could be guessed by."""
        return self._hash("source", source_hash)

    @property
    def mark(self) -> str:
        """By which the right key is known."""
        return self._hash("mark", "")[:16]

    def _hash(self, kind: str, text: str) -> str:
        return hmac.new(self.key, f"{kind}\n{text}".encode(), sha256).hexdigest()


def open_marks(settings: Settings) -> Marks | None:
    """The key of these settings, or None where nobody was erased yet."""
    if key := settings.erasure_key.get_secret_value():
        return Marks(key.encode())
    file = _file(settings)
    return Marks(file.read_bytes().strip()) if file.is_file() else None


def make_marks(settings: Settings) -> Marks:
    """The key of these settings, made at the first erasure. Raises SettingsError."""
    if found := open_marks(settings):
        return found
    file = _file(settings)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w") as writing:
            writing.write(secrets.token_hex(32))
    except OSError as error:
        raise SettingsError(f"cannot write {file}: {error.strerror}") from error
    return Marks(file.read_bytes())


@dataclass(frozen=True)
class Erased:
    """Everybody who was erased, by their hashes."""

    marks: Marks
    ids: frozenset[str]
    emails: frozenset[str]

    def has_id(self, customer_id: str) -> bool:
        """Whether this customer was erased."""
        return self.marks.id_hash(customer_id) in self.ids

    def has_email(self, email: str) -> bool:
        """Whether a customer with this address was."""
        return bool(email) and self.marks.email_hash(email) in self.emails


def read_erased(session: Session, marks: Marks | None) -> Erased | None:
    """Everybody who was erased, or None. Raises SettingsError without the key they need."""
    rows = session.execute(select(Tombstone.id_hash, Tombstone.email_hash, Tombstone.key_mark))
    stones = [(id_hash, email_hash, mark) for id_hash, email_hash, mark in rows]
    if not stones:
        return None
    if marks is None or any(mark != marks.mark for _, _, mark in stones):
        raise SettingsError(
            "customers were erased here under another key, and would come back unknown; set "
            "SHOPCLERK_ERASURE_KEY to it, or put erasure.key back into SHOPCLERK_HOME"
        )
    emails = frozenset(email for _, email, _ in stones if email)
    return Erased(marks, frozenset(id_ for id_, _, _ in stones), emails)


def bury(session: Session, marks: Marks, customer_id: str, email: str, now: datetime) -> None:
    """Remember that this customer was erased."""
    session.merge(
        Tombstone(
            id_hash=marks.id_hash(customer_id),
            email_hash=marks.email_hash(email),
            key_mark=marks.mark,
            erased_at=now,
        )
    )


def _file(settings: Settings) -> Path:
    return settings.home / "erasure.key"
