"""Staff: their accounts, and what proves that somebody is one of them."""

import re
import secrets
import unicodedata

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.context import Shopper
from agent.errors import InvalidInput, NotFound
from agent.identity import passwords
from agent.identity.lockouts import masked
from agent.identity.throttle import Subject
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.models import AuditEntry, StaffMember

FIRST = "staff"
"""The name of the account that the first start makes."""

_NAME = re.compile(r"\w[\w.-]{0,39}")


def plain_name(name: str) -> str:
    """A name as accounts have it, however it was typed."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


class Staff:
    """The accounts of one shop. Threads and processes may share a database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def add(self, name: str, password: str = "", *, at_start: bool = False) -> tuple[str, str]:
        """Make an account, with a generated password where none is given; its name and password.

        Raises InvalidInput for a name or password that cannot be, or a name that is taken.
        """
        name = plain_name(name)
        if not _NAME.fullmatch(name):
            raise InvalidInput("a name has 1 to 40 letters, digits, dots, dashes or underscores")
        password = passwords.checked(password, name) if password else passwords.generated()
        member = StaffMember(
            name=name,
            id=secrets.token_hex(16),
            password_hash=passwords.hashed(password),
            made_at_start=at_start,
            created_at=self._clock(),
        )
        try:
            with self._db.write(SYSTEM) as session:
                session.add(member)
                self._audit(session, "operator", "staff_added", name=name)
        except IntegrityError:
            raise InvalidInput(
                f"there is a staff account {name!r}; `shopclerk staff remove {name}` ends it"
            ) from None
        return name, password

    def first(self) -> tuple[str, str] | None:
        """Where there is no account, one with a generated password; else nothing."""
        if self.members():
            return None
        try:
            return self.add(FIRST, at_start=True)
        except InvalidInput:  # another process has just been first
            return None

    def members(self) -> list[StaffMember]:
        """All accounts by name."""
        with self._db.read(SYSTEM) as session:
            return list(session.scalars(select(StaffMember).order_by(StaffMember.name)))

    def remove(self, name: str) -> str:
        """End an account, and with it its sessions. Raises NotFound."""
        name = plain_name(name)
        with self._db.write(SYSTEM) as session:
            gone = session.scalar(
                delete(StaffMember).where(StaffMember.name == name).returning(StaffMember.name)
            )
            if gone is None:
                raise NotFound(f"there is no staff account {name!r}; `shopclerk staff list`")
            self._audit(session, "operator", "staff_removed", name=name)
        return name

    def member(self, name: str) -> Shopper:
        """The member of this name, for who works at the terminal anyway. Raises NotFound."""
        name = plain_name(name)
        found = self._find(name)
        if found is None:
            raise NotFound(f"there is no staff account {name!r}; `shopclerk staff list`")
        return Shopper.staff(found.name, found.id)

    def sign_in(self, name: str, password: str, address: Subject) -> Shopper | None:
        """The member whose password it is, on record either way.

        It takes the same steps for a name that nobody has.
        """
        name = plain_name(name)
        member = self._find(name)
        right = passwords.fits(password, member.password_hash if member else passwords.NOBODYS)
        proven = member if right else None
        # What was typed as a name may be anything, a password included: it is masked.
        who = proven.name if proven else masked(Subject("staff", name))
        action = "staff_signed_in" if proven else "staff_not_proven"
        with self._db.write(SYSTEM) as session:
            self._audit(session, "staff", action, name=who, address=masked(address))
        return Shopper.staff(proven.name, proven.id) if proven else None

    def stands(self, shopper: Shopper) -> bool:
        """Whether the account that somebody signed in to is still there."""
        member = self._find(shopper.staff_name or "")
        return member is not None and member.id == shopper.account

    def _find(self, name: str) -> StaffMember | None:
        with self._db.read(SYSTEM) as session:
            return session.get(StaffMember, name)

    def _audit(self, session: Session, actor: str, action: str, **after: str) -> None:
        entry = AuditEntry(at=self._clock(), actor=actor, action=action, before={}, after=after)
        session.add(entry)
