"""`shopclerk bench index`: building, updating, and the kinds of vector index."""

from pathlib import Path

import click

from ui.commands.bench.catalogue import catalogue_options


@click.command()
@click.option("--queries", default=200, show_default=True, help="Queries to compare kinds with.")
@catalogue_options
def index(
    queries: int, products: int, catalogue: Path | None, map_: Path | None, as_json: bool
) -> None:
    """Time `index update` whole and after 1 % of the texts, or of the prices, has changed.

    Files are read and SQL is written as the command does, on a scratch SQLite database. Vectors
    that an earlier run embedded are taken over: what embedding them all takes is then estimated
    from a sample that is embedded in this run. Beside it, the kinds of vector index at several
    sizes.

    \b
    Examples:
      shopclerk bench index
      shopclerk bench index --products 5000 --json
    """
    from agent.settings import Settings
    from ui import materials
    from ui.commands.bench.catalogue import composed, embedding
    from ui.commands.bench.telling import tell
    from ui.hardware import hardware
    from ui.measuring.kinds import kinds_compared
    from ui.measuring.opening import kept_vectors
    from ui.measuring.questions import questions
    from ui.measuring.updating import updates

    settings = Settings()
    goods = composed(settings, products, catalogue, map_)
    embedder = kept_vectors(settings)
    body = {
        "bench": "index",
        "products": len(goods),
        **updates(
            goods,
            settings.home / "bench",
            embedder,
            materials.fetched_embedder(settings),
            materials.fetched_dictionary(settings),
            lambda line: click.echo(line, err=True),
        ),
        "kinds": kinds_compared(goods, embedder, questions(goods, (), queries)),
    }
    tell(body | embedding(embedder) | {"embedder": embedder.name} | hardware(), as_json)
