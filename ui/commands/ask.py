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
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Where the text shows no language.")
@click.option("--json", "as_json", is_flag=True, help="Print all events as one JSON object.")
def ask(text: str, customer: str | None, lang: "Lang | None", as_json: bool) -> None:
    """Ask one question. Uses the running model server, or starts one and stops it after.

    \b
    Examples:
      shopclerk ask "a two-person tent under 250 dollars"
      shopclerk ask "我的包裹到哪了" --customer C-5093
    """
    from agent.context import ANONYMOUS, Shopper
    from agent.normalise import normalise
    from agent.settings import Settings
    from ui.answering import answering

    normalise(text)
    settings = Settings()
    with answering(settings) as assistant:
        if customer is not None:
            _known(assistant, customer)
        shopper = Shopper.signed_in(customer) if customer else ANONYMOUS
        events = asyncio.run(_turn(assistant, shopper, text, lang, quiet=as_json))
    if as_json:
        body = {"events": [event.model_dump(mode="json") for event in events]}
        click.echo(json.dumps(body, ensure_ascii=False))


def _known(assistant: "Assistant", customer: str) -> None:
    """Raises NotFound for a customer that the shop does not have."""
    from agent.errors import NotFound
    from agent.orders.access.scope import SYSTEM
    from agent.orders.models import Customer

    with assistant.shop.db.read(SYSTEM) as session:
        if session.get(Customer, customer) is None:
            raise NotFound(f"there is no customer {customer}; `--customer` takes a customer's id")


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
