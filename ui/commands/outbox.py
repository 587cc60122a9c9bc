"""`shopclerk outbox`: confirmed changes on their way to the shop's own system."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.orders.models import OutboxEvent
    from agent.orders.outbox import Outbox
    from agent.settings import Settings

_STATES = ["waiting", "delivered", "accepted", "refused", "failed"]


@click.group()
def outbox() -> None:
    """Look at, deliver and answer the changes that shoppers confirmed.

    `shopclerk serve` and `up` deliver by themselves.

    Example: shopclerk outbox list --status waiting
    """


@outbox.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def deliver(as_json: bool) -> None:
    """Deliver every change that is due now; what fails is due again later.

    Example: shopclerk outbox deliver
    """
    from agent.errors import DeliveryFailed
    from agent.orders.channels import open_channel

    with _open() as (settings, box):
        channel = open_channel(settings)
        counts: Counter[str] = Counter()
        while status := box.deliver_next(channel):
            counts[status] += 1
        channel.close()
        figures = box.figures()
    if as_json:
        sent = sum(counts[state] for state in ("delivered", "accepted", "refused"))
        body = {"delivered": sent, "waiting": figures.waiting, "failed": figures.failed}
        click.echo(json.dumps(body))
    else:
        said = ", ".join(f"{count} {status}" for status, count in counts.items())
        click.echo(said or "Nothing is due.")
    if failures := counts["waiting"] + counts["failed"]:
        raise DeliveryFailed(
            f"{failures} of {counts.total()} deliveries failed; `shopclerk outbox list` says why"
        )


@outbox.command(name="list")
@click.option("--status", type=click.Choice(_STATES), help="Only these.")
@click.option("--limit", default=100, show_default=True, help="At most so many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(status: str | None, limit: int, as_json: bool) -> None:
    """List changes, newest first, with what became of them.

    Example: shopclerk outbox list --status failed
    """
    from agent.orders.models import DeliveryStatus

    with _open() as (_, box):
        events = box.events(DeliveryStatus(status) if status else None, limit)
    if as_json:
        body = {"changes": [_as_json(event) for event in events]}
        click.echo(json.dumps(body, ensure_ascii=False))
        return
    for event in events:
        click.echo(_line(event))
    if not events:
        click.echo("There are none.")


@outbox.command()
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every change that is not delivered.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def retry(ids: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Make undelivered changes due now, those that were given up included.

    Example: shopclerk outbox retry --all
    """
    if bool(ids) == everything:
        raise click.UsageError("name changes by their ids, or give --all")
    with _open() as (_, box):
        count = box.retry(None if everything else list(ids))
    click.echo(json.dumps({"due": count}) if as_json else f"{count} due now.")


@outbox.command()
@click.argument("id_", metavar="ID")
@click.argument("status", type=click.Choice(["accepted", "refused", "received"]))
@click.option("--reason", default="", help="Why, for the shopper.")
@click.option("--order-status", help="How the order stands now, in the shop's own system.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def answer(id_: str, status: str, reason: str, order_status: str | None, as_json: bool) -> None:
    """Answer a change for a shop that reads the file and has no webhook.

    Accepted: it stands. Refused: it is taken back. Received: the goods of a return are back.

    Example: shopclerk outbox answer ID refused --reason "it has left the warehouse"
    """
    from pydantic import ValidationError

    from agent.errors import InvalidInput
    from agent.orders.answers import Answer

    try:
        said = Answer.model_validate(
            {"status": status, "reason": reason, "order_status": order_status or None}
        )
    except ValidationError as error:
        raise InvalidInput(str(error.errors()[0]["msg"])) from None
    with _open() as (_, box):
        event = box.answer(id_, said)
    staff = " It could not be taken back: staff must see to it." if event.needs_staff else ""
    click.echo(json.dumps(_as_json(event)) if as_json else f"{id_}: {event.status}.{staff}")


@outbox.command()
@click.argument("id_", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def done(id_: str, as_json: bool) -> None:
    """Say that staff has mended what a refused change left behind.

    Example: shopclerk outbox done ID
    """
    with _open() as (_, box):
        box.seen_to(id_)
    click.echo(json.dumps({"done": id_}) if as_json else f"{id_}: done.")


@contextmanager
def _open() -> "Iterator[tuple[Settings, Outbox]]":
    from agent.clock import system_clock
    from agent.orders.database import open_database
    from agent.orders.outbox import Outbox
    from agent.settings import Settings

    settings = Settings()
    db = open_database(settings)
    try:
        yield settings, Outbox(db, system_clock, attempts=settings.webhook_attempts)
    finally:
        db.dispose()


def _as_json(event: "OutboxEvent") -> dict[str, Any]:
    return {
        "id": event.id,
        "number": event.number,
        "kind": event.kind,
        "order_id": event.order_id,
        "status": event.status,
        "created_at": event.created_at.isoformat(),
        "attempts": event.attempts,
        "next_attempt_at": event.next_attempt_at.isoformat(),
        "delivered_at": event.delivered_at.isoformat() if event.delivered_at else None,
        "last_error": event.last_error,
        "answer": event.answer,
        "needs_staff": event.needs_staff,
    }


def _line(event: "OutboxEvent") -> str:
    parts = [
        f"{event.created_at:%Y-%m-%d %H:%M}",
        f"{event.status:<9}",
        event.id,
        event.kind,
        event.order_id or "",
        f"attempts {event.attempts}" if event.attempts > 1 else "",
        event.answer,
        f"for staff: {event.last_error}" if event.needs_staff else event.last_error,
    ]
    return "  ".join(part for part in parts if part)
