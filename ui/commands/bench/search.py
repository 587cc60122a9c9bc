"""`shopclerk bench search`: latency, queries a second and memory beside two peers."""

from pathlib import Path

import click

from ui.commands.bench.catalogue import catalogue_options


@click.command()
@click.option("--queries", default=1000, show_default=True, help="Queries to time, no two alike.")
@catalogue_options
def search(
    queries: int, products: int, catalogue: Path | None, map_: Path | None, as_json: bool
) -> None:
    """Time hybrid search with filters on, query encoding included, each query once.

    Ours, LangChain's ensemble (FAISS and rank-bm25) and plain fusion (bm25s, FAISS, reciprocal
    ranks) get the same texts, vectors and embedder, and are asked in turns; the ensemble every
    tenth query. nDCG@10 of all of them is measured on judged queries in the same run. The catalogue
    is composed out of real products; embedding 100,000 takes many minutes the first time and is
    kept under the state folder.

    \b
    Examples:
      shopclerk bench search
      shopclerk bench search --products 2000 --queries 200 --json
    """
    from agent.settings import Settings
    from retrieval.search import Searcher
    from ui.commands.bench.catalogue import composed, embedding, judged_folder
    from ui.commands.bench.telling import tell
    from ui.hardware import hardware
    from ui.measuring.ensemble import INSTALL, is_installed
    from ui.measuring.judged import checked_judgements
    from ui.measuring.opening import (
        catalogue_in,
        folder_for,
        kept_vectors,
        open_index,
        read_products,
    )
    from ui.measuring.searching import memory, raced, ranked

    settings = Settings()
    if not is_installed():
        click.echo(INSTALL, err=True)
    goods = composed(settings, products, catalogue, map_)
    embedder = kept_vectors(settings)
    store = open_index(settings, settings.home / "bench" / f"index-{products}", goods, embedder)
    folder = judged_folder()
    source = catalogue_in(folder) or settings.shop / "products"
    judged_goods = read_products(source, None)
    judgements, _ = checked_judgements(folder, None, judged_goods)
    body = {
        "bench": "search",
        "products": len(goods),
        **raced(
            goods,
            Searcher(store, embedder),
            embedder,
            list(judgements.queries.values()),
            queries,
            lambda line: click.echo(line, err=True),
        ),
        "per_product": memory(store, goods),
    }
    of_judged = open_index(settings, folder_for(settings, source), judged_goods, embedder)
    body["judged"] = {
        "set": folder.name,
        **ranked(judgements, Searcher(of_judged, embedder), judged_goods, embedder),
    }
    tell(body | embedding(embedder) | {"embedder": embedder.name} | hardware(), as_json)
