"""Texts that no column ties to the person, and that name them all the same."""

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Table, Text, cast, or_, select, update
from sqlalchemy.orm import Session

from agent.privacy.holdings import table
from agent.privacy.needles import blot, forms_of, pattern

FREE_TEXT = {
    "turn": ("messages", "trace"),
    "hand_off": ("reason", "summary"),
    "feedback": ("text",),
    "review": ("text", "extra"),
    "audit": ("before", "after"),
    "proposal": ("wish", "terms"),
    "receipt": ("terms",),
    "outbox": ("payload", "last_error", "answer"),
    "order_line": ("title", "options"),
    "sql_audit": ("sql", "ran", "why"),
}
"""Columns in which anything may have been written."""


def blot_elsewhere(session: Session, strings: Sequence[str], aliases: Sequence[str]) -> int:
    """Blot the person out of every conversation and review, and out of the aliases' own rows.

    Returns how many rows named them. Other people's orders are left alone.
    """
    person, changed = pattern(strings), 0
    for name, columns in FREE_TEXT.items() if strings else ():
        of = table(name)
        query = select(of).where(or_(*_likely(of, columns, strings)))
        if "customer_id" in of.c and name != "audit":
            query = query.where(of.c.customer_id.in_(aliases))
        for row in session.execute(query).mappings().all():
            new = {column: blot(row[column], person) for column in columns}
            if any(new[column] != row[column] for column in columns):
                where = [key == row[key.name] for key in of.primary_key.columns]
                session.execute(update(of).where(*where).values(new))
                changed += 1
    return changed


def _likely(of: Table, columns: Sequence[str], strings: Sequence[str]) -> list[ColumnElement[bool]]:
    """Which rows are worth a look: those that hold a string as JSON writes it."""
    written = [
        json.dumps(form, ensure_ascii=False)[1:-1]
        for string in strings
        for form in forms_of(string)
    ]
    found = [cast(of.c[column], Text) for column in columns]
    return [column.icontains(form, autoescape=True) for column in found for form in written]
