"""`shopclerk ask`: one turn in the terminal."""

import asyncio
import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.assistant import Assistant
    from agent.context import Shopper
    from agent.events import Event, Lang


@click.command()
@click.argument("text")
@click.option("--customer", metavar="ID", help="Ask as this customer, signed in.")
@click.option("--staff", metavar="NAME", help="Ask as this member of the staff.")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Where the text shows no language.")
@click.option("--json", "as_json", is_flag=True, help="Print all events as one JSON object.")
def ask(
    text: str, customer: str | None, staff: str | None, lang: "Lang | None", as_json: bool
) -> None:
    """Ask one question. Uses the running model server, or starts one and stops it after.

    \b
    Examples:
      shopclerk ask "a two-person tent under 250 dollars"
      shopclerk ask "我的包裹到哪了" --customer C-5093
      shopclerk ask "how many orders are there by status?" --staff mei
    """
    if customer is not None and staff is not None:
        raise click.UsageError("--customer and --staff: one asks as the one or as the other")
    from agent.normalise import normalise
    from agent.settings import Settings
    from ui.answering import answering

    normalise(text)
    settings = Settings()
    with answering(settings) as assistant:
        shopper = _shopper(assistant, customer, staff)
        events = asyncio.run(_turn(assistant, shopper, text, lang, quiet=as_json))
    if as_json:
        body = {"events": [event.model_dump(mode="json") for event in events]}
        click.echo(json.dumps(body, ensure_ascii=False))


def _shopper(assistant: "Assistant", customer: str | None, staff: str | None) -> "Shopper":
    """Who asks. Raises NotFound for a customer or a member that the shop does not have."""
    from agent.context import ANONYMOUS, Shopper
    from agent.errors import NotFound
    from agent.identity.staff import Staff
    from agent.orders.access.scope import SYSTEM
    from agent.orders.models import Customer

    if staff is not None:
        return Staff(assistant.shop.db, assistant.shop.clock).member(staff)
    if customer is None:
        return ANONYMOUS
    with assistant.shop.db.read(SYSTEM) as session:
        if session.get(Customer, customer) is None:
            raise NotFound(f"there is no customer {customer}; `--customer` takes a customer's id")
    return Shopper.signed_in(customer)


async def _turn(
    assistant: "Assistant", shopper: "Shopper", text: str, lang: "Lang | None", *, quiet: bool
) -> "list[Event]":
    from uuid import uuid4

    from ui.terminal import lines

    events: list[Event] = []
    async for event in assistant.turn(f"ask-{uuid4().hex}", shopper, text, lang):
        events.append(event)
        if not quiet:
            for line in lines(event):
                click.echo(line)
    return events
