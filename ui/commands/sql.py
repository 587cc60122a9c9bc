"""`shopclerk sql`: the staff's guarded query in the terminal."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.sql.runner import Answer


_DIALECTS = {"postgresql": "postgres", "mariadb": "mysql"}


class QueryGroup(click.Group):
    """A group whose word is a query unless it names a command of it."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, else the one that runs a query."""
        return super().get_command(ctx, cmd_name) or query

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A query is no name that the command would leave out of its arguments."""
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "query", query, args

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options of a query may stand before it."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["--", *args]
        return super().parse_args(ctx, args)


@click.group(cls=QueryGroup, subcommand_metavar='"SELECT …" [OPTIONS] | check FILE')
def sql() -> None:
    """Ask the shop's figures with one SELECT; nothing is written, and every query is kept.

    \b
    The views: products(id, name, brand, category, price, stock),
      orders(id, status, placed_at, total),
      order_items(order_id, product_id, qty, unit_price),
      reviews(product_id, stars, created_at), returns(order_id, reason, status).
    Amounts are in major units, times in UTC.

    \b
    Options of a query:
      --limit N      rows at most [default: 1000]
      --csv FILE     write CSV; - for standard output
      --json         print one JSON object

    \b
    Examples:
      shopclerk sql "SELECT status, count(*) FROM orders GROUP BY status"
      shopclerk sql "SELECT name, stock FROM products WHERE stock < 5" --csv low.csv
    """


@click.command(name="sql")
@click.argument("text", metavar="SELECT")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@click.option("--csv", "file", metavar="FILE", help="Write CSV there; - for standard output.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def query(text: str, limit: int, file: str | None, as_json: bool) -> None:
    """Run one SELECT over the views.

    Example: shopclerk sql "SELECT count(*) FROM orders" --json
    """
    answer = _answer(text, limit)
    if as_json:
        click.echo(json.dumps(asdict(answer), ensure_ascii=False))
    elif file is not None:
        _write(answer, file)
    else:
        _show(answer)


@sql.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Judge each {"id", "dialect", "sql"} of a file; nothing is run.

    The dialect is sqlite, postgres or mysql; `any` is allowed only where all three allow it.

    Example: shopclerk sql check queries.jsonl
    """
    for number, row in enumerate(_rows(file), 1):
        allowed, why = _verdict(file, number, row)
        line = {"id": row.get("id", number), "allowed": allowed, "why": why}
        click.echo(json.dumps(line, ensure_ascii=False))


def _answer(text: str, limit: int) -> "Answer":
    import getpass

    from agent.clock import system_clock
    from agent.orders.database import open_database
    from agent.settings import Settings
    from agent.sql.runner import SqlDesk

    db = open_database(Settings())
    try:
        return SqlDesk(db, system_clock).run(f"terminal: {getpass.getuser()}", text, limit=limit)
    finally:
        db.dispose()


def _show(answer: "Answer") -> None:
    from ui.tables import table_lines

    for line in table_lines(answer.columns, answer.rows):
        click.echo(line)
    more = "; there are more, see --limit" if answer.truncated else ""
    count = len(answer.rows)
    click.echo(f"{count} row{'' if count == 1 else 's'}{more}  ({answer.seconds:.3f} s)", err=True)
    click.echo(f"ran: {answer.sql}", err=True)


def _write(answer: "Answer", file: str) -> None:
    from agent.errors import InvalidInput
    from ui.tables import csv_text

    text = csv_text(answer.columns, answer.rows)
    if file == "-":
        click.echo(text, nl=False)
    else:
        try:
            Path(file).write_text(text, "utf-8", newline="")
        except OSError as error:
            raise InvalidInput(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"ran: {answer.sql}", err=True)


def _rows(file: Path) -> list[dict[str, Any]]:
    from agent.errors import InvalidInput

    rows = []
    try:
        lines = file.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise InvalidInput(f"{file}:{number}: is no JSON object")
        rows.append(row)
    return rows


def _verdict(file: Path, number: int, row: dict[str, Any]) -> tuple[bool, str]:
    from agent.errors import InvalidInput
    from agent.sql.guard import DIALECTS, judge

    text, named = row.get("sql"), str(row.get("dialect", "any")).lower()
    named = _DIALECTS.get(named, named)
    dialects = DIALECTS if named == "any" else [d for d in DIALECTS if d == named]
    if not dialects:
        known = ", ".join([*DIALECTS, "any"])
        raise InvalidInput(f"{file}:{number}: dialect: {named!r} is none; use one of {known}")
    if not isinstance(text, str):
        return False, "there is no query; `sql` is a text"
    verdicts = [judge(text, dialect) for dialect in dialects]
    refused = [verdict.why for verdict in verdicts if not verdict.allowed]
    return not refused, refused[0] if refused else ""
