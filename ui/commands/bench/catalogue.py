"""The catalogue that the benches of search and index measure on: composed out of real ones."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.settings import Settings
    from retrieval.catalogue import Product

Decorator = Callable[[Callable[..., None]], Callable[..., None]]

_SHARED = Path("..") / "shared" / "data"


def catalogue_options(command: Callable[..., None]) -> Callable[..., None]:
    """--products, --catalogue, --map and --json."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option("--map", "map_", type=click.Path(path_type=Path), help="YAML: its columns."),
        click.option(
            "--catalogue",
            type=click.Path(path_type=Path),
            help="Real products to compose of; default ../shared/data, or the sample shop.",
        ),
        click.option(
            "--products",
            type=click.IntRange(min=10),
            default=100_000,
            show_default=True,
            help="How many products.",
        ),
    ):
        command = option(command)
    return command


def composed(
    settings: "Settings", count: int, catalogue: Path | None, map_: Path | None
) -> "list[Product]":
    """`count` products out of those of `catalogue`. Raises CatalogueError."""
    from agent.settings import CHECKOUT
    from ui.measuring.composing import compose, real_sources
    from ui.measuring.opening import read_products

    shared = CHECKOUT / _SHARED
    sources = real_sources(shared, CHECKOUT / "data" / "mappings", settings.shop)
    if catalogue is not None:
        sources = [(catalogue, map_)]
    real = [product for source, mapping in sources for product in read_products(source, mapping)]
    click.echo(f"composing {count} products out of {len(real)} real ones", err=True)
    return compose(real, count)


def judged_folder() -> Path:
    """Judged queries for the ranking: the workplace's Icecat set, or else the sample shop's."""
    from agent.settings import CHECKOUT

    icecat = CHECKOUT / _SHARED / "search" / "icecat"
    return icecat if icecat.is_dir() else CHECKOUT / "data" / "search"


def embedding(embedder: Any) -> dict[str, Any]:
    """What had to be embedded in this run, and how long that took on every core."""
    return {"embedded": embedder.embedded, "embedding_s": round(embedder.seconds, 1)}
