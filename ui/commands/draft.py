"""`shopclerk draft`: product texts for merchandisers, checked against the product's facts."""

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.drafts.asking import Kind
    from agent.drafts.writing import Draft
    from agent.events import Lang


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def draft() -> None:
    """Write descriptions and advertisements of a product from its facts alone.

    Every sentence is checked: what the product's row does not hold is dropped, and said. A draft
    is printed, never published.

    The base of the shop's model writes. On a processor the shop serves it with an adapter merged
    in, so the command starts a model server of its own, even beside an open shop, and stops it
    after: it takes 5.1 GB of memory, and the first time 0.8 GB of disk. On a GPU, and where
    SHOPCLERK_MODEL_ADAPTER or SHOPCLERK_MODEL_URL is set, the running model server is used; if
    there is none, one is started and stopped after.

    \b
    Examples:
      shopclerk draft description trip-gull-cabin
      shopclerk draft ad "海鸥登机箱" --lang zh --count 3
    """


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both kinds have."""
    for option in (
        click.argument("product"),
        click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True),
        click.option(
            "--count", type=click.IntRange(1, 20), default=1, show_default=True, help="Drafts."
        ),
        click.option("--price", is_flag=True, help="The price is a fact to write of."),
        click.option("--rating", is_flag=True, help="So is the rating."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    )[::-1]:
        command = option(command)
    return command


@draft.command()
@_options
def description(product: str, **options: Any) -> None:
    """Draft the text of a product's page, two or three sentences.

    PRODUCT is an id or a title. `shopclerk draft -h` says what is started, and what that takes.

    \b
    Examples:
      shopclerk draft description trip-gull-cabin
      shopclerk draft description trip-gull-cabin --lang zh --json
    """
    _write("description", product, **options)


@draft.command()
@_options
def ad(product: str, **options: Any) -> None:
    """Draft a short advertisement of a product.

    PRODUCT is an id or a title. `shopclerk draft -h` says what is started, and what that takes.

    \b
    Examples:
      shopclerk draft ad trip-gull-cabin --count 3
      shopclerk draft ad "海鸥登机箱" --lang zh --price
    """
    _write("ad", product, **options)


def _write(
    kind: "Kind",
    product: str,
    *,
    lang: "Lang",
    count: int,
    price: bool,
    rating: bool,
    as_json: bool,
) -> None:
    from agent.drafts.facts import facts_of
    from agent.settings import Settings
    from ui.answering import opened
    from ui.drafting import draft_body, draft_lines, model_name, product_of, writing

    settings = Settings()
    with closing(opened(settings)) as shop:
        facts = facts_of(product_of(shop.products, product), lang, price=price, rating=rating)

    async def all_drafts() -> "list[Draft]":
        return [await writer.write(kind, facts, number=number) for number in range(count)]

    with writing(settings) as writer:
        drafts = asyncio.run(all_drafts())
    if as_json:
        bodies = [draft_body(one, model_name(settings)) for one in drafts]
        click.echo(json.dumps({"drafts": bodies}, ensure_ascii=False))
        return
    for one in drafts:
        click.echo("\n".join([*draft_lines(one), ""]))


@draft.command()
@click.argument("products", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="A file; default the terminal.")
def examples(products: tuple[str, ...], out: Path | None) -> None:
    """Write the page of examples: both kinds in both languages, and what the check caught.

    Without PRODUCTS it is about those of the sample shop that docs/drafts.md shows.

    \b
    Examples:
      shopclerk draft examples --out docs/drafts.md
      shopclerk draft examples T-1 T-2
    """
    from agent.settings import Settings
    from ui.answering import opened
    from ui.draft_examples import SHOWN, page
    from ui.drafting import product_of, writing

    settings = Settings()
    with closing(opened(settings)) as shop:
        rows = [product_of(shop.products, text) for text in products or SHOWN]
    with writing(settings) as writer:
        text = asyncio.run(page(writer, rows, settings))
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(f"{out}: {len(rows)} products")
