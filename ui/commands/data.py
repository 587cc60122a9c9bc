"""`shopclerk import` and `shopclerk db`: the shop's data and the schema that holds it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.errors import ImportFileError
    from agent.orders.database import Database
    from agent.orders.importer import ImportReport
    from agent.settings import Settings

_SHOWN = 50


@click.command(name="import", short_help="Bring customers, orders, reviews and policies in.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--map", "mapping", type=click.Path(path_type=Path), help="YAML for a shop's JSON.")
@click.option("--dry-run", is_flag=True, help="Check everything, import nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_(files: tuple[Path, ...], mapping: Path | None, dry_run: bool, as_json: bool) -> None:
    """Import FILES, or the files in folders: JSONL, or Markdown policies, told by content.

    Everything is checked before anything is written; the same files again change nothing.

    Example: shopclerk import data/shop
    """
    from agent.clock import system_clock
    from agent.errors import ImportFileError
    from agent.orders.database import open_database
    from agent.orders.importer import import_files
    from agent.orders.tombstones import open_marks
    from agent.settings import Settings

    settings = Settings()
    db = open_database(settings)
    db.migrate()
    marks = open_marks(settings)
    try:
        report = import_files(
            db, files, clock=system_clock, mapping=mapping, dry_run=dry_run, marks=marks
        )
        scored = 0 if dry_run or "review" not in report.counts else _score(settings, db)
    except ImportFileError as error:
        _show_problems(error, as_json)
        raise
    finally:
        db.dispose()
    if as_json:
        click.echo(
            json.dumps(
                _as_json(report) | ({"scored": scored} if scored else {}), ensure_ascii=False
            )
        )
        return
    for notice in report.notices:
        click.echo(f"note: {notice}", err=True)
    for line in _lines(report):
        click.echo(line)
    if scored:
        click.echo(f"{scored} reviews scored.")


def _score(settings: "Settings", db: "Database") -> int:
    """Score what has no score of the present model. What is imported stays so without one."""
    from agent.reviews.scoring import open_scorer, score_reviews
    from agent.shop import open_embedder
    from retrieval.errors import WeightsError

    try:
        scorer = open_scorer(settings, open_embedder(settings))
        return score_reviews(db, scorer) if scorer else 0
    except WeightsError as error:
        click.echo(f"note: the reviews are not scored: {error}", err=True)
        return 0


@click.group()
def db() -> None:
    """Migrate and check the database; print the SQL of its roles.

    Example: shopclerk db check
    """


@db.command()
def roles() -> None:
    """Print the SQL that makes PostgreSQL's roles, for a superuser to run once; again is fine.

    \b
    Examples:
      shopclerk db roles
      shopclerk db roles | psql -v ON_ERROR_STOP=1 -U postgres -d shop
    """
    from agent.orders.access.roles import SQL

    click.echo(SQL, nl=False)


@db.command()
def migrate() -> None:
    """Bring the schema up to date, and on PostgreSQL its grants and row-level security.

    Example: shopclerk db migrate
    """
    from agent.orders.database import open_database
    from agent.settings import Settings

    database = open_database(Settings())
    database.migrate()
    database.dispose()
    click.echo("The schema is up to date.")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(as_json: bool) -> None:
    """Compare the schema with what this Shopclerk expects, and look for damage.

    Example: shopclerk db check
    """
    from agent.errors import DatabaseError
    from agent.orders.database import open_database
    from agent.settings import Settings

    database = open_database(Settings())
    problems = database.check()
    database.dispose()
    if as_json:
        click.echo(json.dumps({"ok": not problems, "problems": problems}, ensure_ascii=False))
    elif not problems:
        click.echo("The database is as it should be.")
    if problems:
        raise DatabaseError("; ".join(problems))


def _show_problems(error: "ImportFileError", as_json: bool) -> None:
    """All problems: as JSON on stdout, else on stderr, a long list cut with its count."""
    problems = error.problems
    if as_json:
        click.echo(json.dumps({"imported": False, "problems": problems}, ensure_ascii=False))
        return
    for problem in problems[:_SHOWN]:
        click.echo(problem, err=True)
    if len(problems) > _SHOWN:
        click.echo(f"… and {len(problems) - _SHOWN} more; --json lists all", err=True)


def _as_json(report: "ImportReport") -> dict[str, object]:
    counts = {
        kind: {name: n for name, n in asdict(found).items() if n or name != "kept"}
        for kind, found in report.counts.items()
    }
    return {"imported": not report.dry_run, "counts": counts, "notices": report.notices}


def _lines(report: "ImportReport") -> list[str]:
    lines = [
        f"{kind}: {found.new} new, {found.changed} changed, {found.unchanged} unchanged"
        + (f", {found.kept} kept" if found.kept else "")
        for kind, found in report.counts.items()
    ]
    if report.dry_run:
        return [*lines, "Nothing was written (--dry-run)."]
    return lines if report.changed_anything else [*lines, "Nothing changed."]
