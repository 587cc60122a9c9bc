"""`shopclerk privacy`: what is held on a customer, erasing it, and sweeping away what is old."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.orders.database import Database
    from agent.privacy.erasing import Erasure
    from agent.settings import Settings


@click.group()
def privacy() -> None:
    """Hand out, erase and sweep away personal data. docs/privacy.md says what stays, and why."""


@privacy.command()
@click.argument("customer")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file instead.")
def export(customer: str, out: Path | None) -> None:
    """Print everything held on CUSTOMER as one JSON object.

    Example: shopclerk privacy export C-4720 --out C-4720.json
    """
    from agent.clock import system_clock
    from agent.orders.access.scope import SYSTEM
    from agent.privacy.export import export as exported
    from agent.privacy.export import write_export

    with _opened() as (db, settings), db.read(SYSTEM) as session:
        body = exported(session, customer, settings.home, system_clock())
    if out is None:
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    else:
        write_export(out, body)
        click.echo(f"Written to {out}.", err=True)


@privacy.command()
@click.argument("customer")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what would be erased, erase nothing.")
@click.option("--force", is_flag=True, help="Give up open orders and undelivered changes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def erase(customer: str, yes: bool, dry_run: bool, force: bool, as_json: bool) -> None:
    """Erase CUSTOMER for good: conversations go, orders stay for the books without the person.

    Refused while an order is open. An import of the same files does not bring them back.

    \b
    Examples:
      shopclerk privacy erase C-4720 --dry-run
      shopclerk privacy erase C-4720 --yes
    """
    from agent.clock import system_clock
    from agent.orders.tombstones import Marks, make_marks, open_marks
    from agent.privacy.erasing import erase as erased

    if not yes and not dry_run:
        click.confirm(f"Erase customer {customer} for good?", abort=True, err=True)
    with _opened() as (db, settings):
        marks = open_marks(settings) or (Marks(b"") if dry_run else make_marks(settings))
        now = system_clock()
        done = erased(db, customer, marks, settings.home, now, force=force, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
    else:
        for line in _lines(done):
            click.echo(line)


@privacy.command()
@click.argument("email")
def admit(email: str) -> None:
    """Let new customers with EMAIL be known again, whose earlier account was erased.

    Example: shopclerk privacy admit ana@example.com
    """
    from agent.orders.tombstones import open_marks
    from agent.privacy.erasing import admit as admitted

    with _opened() as (db, settings):
        admitted(db, email, open_marks(settings))
    click.echo("The next import brings their new account in.")


@privacy.command()
@click.option("--dry-run", is_flag=True, help="Count, delete nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sweep(dry_run: bool, as_json: bool) -> None:
    """Delete conversations, proposals, codes and reports that have had their time, and make old
    orders anonymous. The server does so once a day.

    Example: shopclerk privacy sweep --dry-run
    """
    from agent.clock import system_clock
    from agent.privacy.sweep import Retention
    from agent.privacy.sweep import sweep as swept

    with _opened() as (db, settings):
        retention = Retention.of(settings)
        counts = swept(db, settings.home, retention, system_clock(), dry_run=dry_run)
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, "swept": counts}))
        return
    for kind, count in counts.items():
        click.echo(f"{kind.replace('_', ' ')}: {count}")
    if dry_run:
        click.echo("Nothing was changed (--dry-run).")


@contextmanager
def _opened() -> "Iterator[tuple[Database, Settings]]":
    from agent.orders.database import open_database
    from agent.settings import Settings

    settings = Settings()
    db = open_database(settings)
    try:
        yield db, settings
    finally:
        db.dispose()


def _lines(done: "Erasure") -> list[str]:
    if done.already:
        return ["This customer was erased before."]
    lines = [f"{table.replace('_', ' ')}: {count}" for table, count in done.rows.items()]
    lines.append(f"texts of others that named them: {done.blotted}")
    lines.append(f"files that named them: {done.files}")
    verb = "is in the way" if done.dry_run else "was given up"
    lines += [f"{verb}: {obstacle}" for obstacle in done.obstacles]
    return [*lines, "Nothing was changed (--dry-run)." if done.dry_run else "Erased."]
