"""`shopclerk warnings`: what staff should look at. Nothing is ever blocked by it."""

import json
from dataclasses import asdict

import click


@click.command()
@click.option("--customer", metavar="ID", help="Only what concerns this customer.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def warnings(customer: str | None, lang: str, as_json: bool) -> None:
    """List signs of fraud with the figures behind them: returns, shared addresses and cards, gift
    cards, guessing, cancellations. They are hints for a person, and block nothing.

    \b
    Examples:
      shopclerk warnings
      shopclerk warnings --customer C-4720 --lang zh
    """
    from agent.clock import system_clock
    from agent.orders.access.scope import SYSTEM
    from agent.orders.database import open_database
    from agent.orders.warnings.survey import find_warnings
    from agent.settings import Settings

    db = open_database(Settings())
    with db.read(SYSTEM) as session:
        found = find_warnings(session, system_clock(), customer_id=customer)
    db.dispose()
    if as_json:
        click.echo(json.dumps({"warnings": [asdict(w) for w in found]}, ensure_ascii=False))
        return
    for warning in found:
        weak = {"en": " (weak)", "zh": "（证据较弱）"}[lang] if warning.weak else ""
        said = warning.zh if lang == "zh" else warning.en
        click.echo(f"{warning.rule}{weak}: {', '.join(warning.customers) or '-'}: {said}")
    if not found:
        click.echo({"en": "No warnings.", "zh": "没有警示。"}[lang])
