"""Conversations in the database: sessions, turns with their traces, hand-offs, feedback.

A session belongs to one identity. History only grows. Personal data is masked in traces; in what
was said it stays, since the next turn may need it, but for card numbers, which nothing needs.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.context import Shopper
from agent.errors import InvalidInput, NotFound
from agent.events import Lang
from agent.masking import mask, mask_all, mask_cards
from agent.orders.access.scope import SYSTEM, in_session, widen
from agent.orders.database import Database
from agent.orders.models import (
    ChatSession,
    Customer,
    Feedback,
    HandOff,
    HandOffStatus,
    Proposal,
    Turn,
)
from agent.personal.known import known_strings

# Without 0/O, 1/I/L: a reference is read aloud and typed.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LONGEST_FEEDBACK = 2000

Message = dict[str, Any]

_NOBODY = (None, None)


class Sessions:
    """Stores and finds conversations. Threads may share it."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def open(self, session_id: str | None, shopper: Shopper, lang: Lang) -> ChatSession:
        """The shopper's session of this id, else a fresh one under a new id.

        An id that is somebody else's is treated like one that does not exist. When an anonymous
        shopper signs in, the conversation moves to a new id: an id that others may have seen
        before the sign-in opens nothing after it.
        """
        with self._db.write(in_session(session_id or "", shopper)) as session:
            found = session.get(ChatSession, session_id) if session_id else None
            if found is not None and _owner(found) == _identity(shopper):
                found.lang = lang
                return found
            opened = self._create(session, shopper, lang)
            if found is not None and _owner(found) == _NOBODY and shopper.staff_name is None:
                _move(session, found, opened)
            return opened

    def resume(self, session_id: str, shopper: Shopper, lang: Lang) -> ChatSession:
        """The shopper's session of exactly this id, made where there is none yet.

        For ids that the web layer derives from its own secrets. Raises NotFound for an id under
        which somebody else talked.
        """
        with self._db.write(in_session(session_id, shopper)) as session:
            found = session.get(ChatSession, session_id)
            if found is None:
                return self._create(session, shopper, lang, session_id)
            if _owner(found) != _identity(shopper):
                raise NotFound("there is no such session")
            return found

    def climb(self, session_id: str, climbed_id: str, shopper: Shopper) -> None:
        """Carry the conversation of who has just proved to be `shopper` over to a new id.

        Nothing happens where there was none. Raises NotFound for somebody else's.
        """
        with self._db.write(SYSTEM) as session:
            found = session.get(ChatSession, session_id)
            if found is None:
                return
            if _owner(found) not in (_NOBODY, _identity(shopper)):
                raise NotFound("there is no such session")
            opened = self._create(session, shopper, found.lang, climbed_id)  # type: ignore[arg-type]
            _move(session, found, opened)

    def history(self, session_id: str) -> list[Message]:
        """All messages of the session, oldest first, as the model server takes them."""
        query = select(Turn.messages).where(Turn.session_id == session_id).order_by(Turn.number)
        with self._db.read(in_session(session_id)) as session:
            return [message for messages in session.scalars(query) for message in messages]

    def handles(self, session_id: str) -> dict[str, str]:
        """Which product each handle of the session (P1, P2 …) stands for."""
        with self._db.read(in_session(session_id)) as session:
            return dict(_get(session, session_id).handles)

    def store_turn(
        self,
        session_id: str,
        messages: Sequence[Message],
        *,
        lang: Lang,
        seconds: float,
        trace: Mapping[str, Any],
        handles: Mapping[str, str] | None = None,
    ) -> str:
        """Append one turn and return its id.

        `messages` are those that the turn added; `trace` is anything that JSON holds. `handles`
        are the session's handles from now on. Raises NotFound without such a session.
        """
        with self._db.write(in_session(session_id)) as session:
            chat = _get(session, session_id, lock=True)
            chat.updated_at, chat.lang = self._clock(), lang
            if handles is not None:
                chat.handles = dict(handles)
            last = select(func.max(Turn.number)).where(Turn.session_id == session_id)
            turn = Turn(
                id=secrets.token_hex(16),
                session_id=session_id,
                number=(session.scalar(last) or 0) + 1,
                lang=lang,
                messages=[_without_cards(message) for message in messages],
                trace=mask_all(dict(trace), _known(session, chat)),
                seconds=seconds,
                created_at=chat.updated_at,
            )
            session.add(turn)
            return turn.id

    def trace(self, turn_id: str) -> dict[str, Any]:
        """What was recorded of a turn, masked. Raises NotFound."""
        with self._db.read(SYSTEM) as session:
            if (turn := session.get(Turn, turn_id)) is None:
                raise NotFound(f"there is no turn {turn_id}")
            return turn.trace

    def hand_off(self, session_id: str, reason: str, summary: str) -> str:
        """Ask for a person; the reference is what the shopper can quote.

        A session waits once: asking again brings reason and summary up to date and gives the
        same reference. Raises NotFound without such a session.
        """
        with self._db.write(in_session(session_id)) as session:
            _get(session, session_id, lock=True)
            now = self._clock()
            waiting = session.scalar(
                select(HandOff).where(
                    HandOff.session_id == session_id, HandOff.status != HandOffStatus.CLOSED
                )
            )
            if waiting is None:
                waiting = HandOff(reference=_reference(), session_id=session_id, created_at=now)
                session.add(waiting)
            waiting.reason, waiting.summary = mask_cards(reason), mask_cards(summary)
            waiting.updated_at = now
            return waiting.reference

    def feedback(self, turn_id: str, score: int, text: str = "") -> None:
        """Keep what the shopper thought of a turn: 1 or -1; the last word counts.

        Raises InvalidInput for another score, NotFound without such a turn.
        """
        if score not in (-1, 1):
            raise InvalidInput("the score is 1 (helpful) or -1 (not helpful)")
        with self._db.write(SYSTEM) as session:
            if (turn := session.get(Turn, turn_id)) is None:
                raise NotFound("there is no such turn to judge")
            row = session.get(Feedback, turn_id) or Feedback(turn_id=turn_id)
            chat = _get(session, turn.session_id)
            row.score, row.text = score, mask(text[:_LONGEST_FEEDBACK], _known(session, chat))
            row.created_at = self._clock()
            session.add(row)

    def _create(
        self, session: Session, shopper: Shopper, lang: Lang, session_id: str = ""
    ) -> ChatSession:
        now = self._clock()
        opened = ChatSession(
            id=session_id or secrets.token_hex(16),
            customer_id=shopper.customer_id,
            staff_name=shopper.staff_name,
            lang=lang,
            handles={},
            created_at=now,
            updated_at=now,
        )
        session.add(opened)
        session.flush()
        return opened


def _owner(chat: ChatSession) -> tuple[str | None, str | None]:
    return chat.customer_id, chat.staff_name


def _identity(shopper: Shopper) -> tuple[str | None, str | None]:
    return shopper.customer_id, shopper.staff_name


def _get(session: Session, session_id: str, *, lock: bool = False) -> ChatSession:
    # The lock numbers turns one after another on PostgreSQL; SQLite has one writer anyway.
    found = session.get(ChatSession, session_id, with_for_update=lock or None)
    if found is None:
        raise NotFound("there is no such session")
    return found


def _known(session: Session, chat: ChatSession) -> list[str]:
    """The strings that are this shopper's own, if it is known who they are."""
    if chat.customer_id is None:
        return []
    widen(session, chat.customer_id)
    customer = session.get(Customer, chat.customer_id)
    return known_strings(customer) if customer else []


def _move(session: Session, old: ChatSession, new: ChatSession) -> None:
    """Everything of the old session becomes the new one's; the old id opens nothing more."""
    new.handles = dict(old.handles)
    for table in (Turn, HandOff, Proposal):
        session.execute(update(table).where(table.session_id == old.id).values(session_id=new.id))
    session.delete(old)


def _without_cards(message: Message) -> Message:
    if message.get("role") == "user" and isinstance(message.get("content"), str):
        return message | {"content": mask_cards(message["content"])}
    return message


def _reference() -> str:
    """Seven characters of which no two look alike: 31**6 references, unguessable in passing."""
    return "H" + "".join(secrets.choice(_LETTERS) for _ in range(6))
