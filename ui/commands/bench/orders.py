"""`shopclerk bench orders`: what the order desk takes on SQLite and on PostgreSQL."""

import click


@click.command()
@click.option("--orders", default=100_000, show_default=True, help="Orders to compose.")
@click.option("--reads", default=500, show_default=True, help="Orders to read.")
@click.option("--changes", default=200, show_default=True, help="Changes to propose and confirm.")
@click.option("--postgres", "url", default="", help="An empty PostgreSQL database to use.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def orders(orders: int, reads: int, changes: int, url: str, as_json: bool) -> None:
    """Read an order, propose and confirm a change, and confirm 32 at once, in a scratch database.

    On SQLite, and on PostgreSQL: at --postgres, or else on a server of its own where there are
    binaries. There the app's role serves, under row-level security.

    \b
    Examples:
      shopclerk bench orders
      shopclerk bench orders --orders 1000 --json
    """
    from ui.commands.bench.telling import tell
    from ui.hardware import hardware
    from ui.measuring.desk import desk_figures
    from ui.measuring.desk_databases import scratch_databases

    body: dict[str, object] = {"bench": "orders", "orders": orders}
    for name, database, settle in scratch_databases(url):
        body[name] = desk_figures(database, settle, orders, reads, changes)
    tell(body | hardware(), as_json)
