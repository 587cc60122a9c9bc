"""`shopclerk eval`: how good a search is, and whom it serves otherwise."""

import asyncio
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import click

_SHOWN = ("ndcg@10", "recall@10", "mrr@10")


@click.group(name="eval")
def eval_() -> None:
    """Measure how good the search is, and whether it and the drafts treat people alike.

    Example: shopclerk eval search data/search
    """


@eval_.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--queries", type=click.Path(path_type=Path), help="Other texts of the same ids.")
@click.option("--products", type=click.Path(path_type=Path), help="The catalogue that was judged.")
@click.option("--map", "map_", type=click.Path(path_type=Path), help="YAML: its columns, ours.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def search(
    folder: Path, queries: Path | None, products: Path | None, map_: Path | None, as_json: bool
) -> None:
    """Measure the search on the judged queries of DIR, beside plain reciprocal rank fusion.

    DIR holds queries.tsv (query id, text) and qrels.tsv (query id, 0, product id, grade 0 to 3),
    and the catalogue as products.jsonl, .csv or .parquet, each also with .gz. Where it holds no
    catalogue and --products names none, the judgements are of the sample shop. A query without a
    grade of 2 or more is left out. The index is kept under the state folder, so that a second run
    is quick.

    \b
    Examples:
      shopclerk eval search data/search
      shopclerk eval search judged --queries judged/queries_zh.tsv --json
    """
    from agent.settings import Settings
    from retrieval.search import Searcher
    from ui.hardware import hardware
    from ui.measuring.judged import checked_judgements, measured
    from ui.measuring.opening import (
        catalogue_in,
        folder_for,
        kept_vectors,
        open_index,
        read_products,
    )

    settings = Settings()
    source = products or catalogue_in(folder) or settings.shop / "products"
    catalogue = read_products(source, map_)
    judgements, unknown = checked_judgements(folder, queries, catalogue)
    if unknown:
        click.echo(f"{folder}: {unknown} graded products are not in {source}", err=True)
    embedder = kept_vectors(settings)
    store = open_index(settings, folder_for(settings, source), catalogue, embedder)
    searcher = Searcher(store, embedder)
    body = {
        "eval": "search",
        "queries": len(judgements.queries),
        "left_out": len(judgements.left_out),
        "unknown_products": unknown,
        "products": len(catalogue),
        **measured(judgements, searcher, catalogue, embedder),
        "embedder": embedder.name,
        "weights_hash": embedder.weights_hash,
        "index_version": searcher.version,
        **hardware(),
    }
    click.echo(json.dumps(body, ensure_ascii=False) if as_json else "\n".join(_lines(body)))


@eval_.command()
@click.option("--drafts", "with_drafts", is_flag=True, help="Drafts too; needs the model.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the Markdown report here.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bias(with_drafts: bool, out: Path | None, as_json: bool) -> None:
    """Compare what is shown, and with --drafts written, for people who differ in one thing alone.

    The same requests for names of several origins and both genders, for "her" and "him", and in
    English and Chinese (data/bias.yaml): overlap of the products, their mean price, stock and
    categories; length and tone of drafts. Differences come with permutation tests and the
    report's limits. It prints Markdown.

    \b
    Examples:
      shopclerk eval bias
      shopclerk eval bias --drafts --out docs/bias.md --json
    """
    from agent.settings import Settings
    from ui.answering import opened
    from ui.drafting import model_name, writing
    from ui.hardware import hardware
    from ui.measuring.bias import drafts, recommendations
    from ui.measuring.bias_report import LIMITS, markdown
    from ui.measuring.survey import Survey

    settings, survey = Settings(), Survey()
    with closing(opened(settings)) as shop:
        body: dict[str, Any] = {
            "eval": "bias",
            "catalogue": shop.products.version,
            "recommendations": recommendations(survey, shop.products),
        }
        if with_drafts:
            rows = [shop.products.get(product_id) for product_id in survey.products]
            with writing(settings, tries=1) as writer:
                body["model"] = model_name(settings)
                body["drafts"] = asyncio.run(drafts(survey, writer, rows))
    body |= {"limits": list(LIMITS), **hardware()}
    if out is not None:
        out.write_text(markdown(body), encoding="utf-8")
    click.echo(json.dumps(body, ensure_ascii=False) if as_json else markdown(body), nl=as_json)


def _lines(body: dict[str, Any]) -> list[str]:
    """Each figure with its interval; then the peer, then the languages."""
    rows = [
        f"{name}: {value}{_range(body['intervals'].get(name))}"
        for name, value in body.items()
        if not isinstance(value, dict)
    ]
    rows.append(_difference(body))
    for lang, part in body.get("languages", {}).items():
        measures = ", ".join(
            f"{name} {part[name]}{_range(part['intervals'][name])}" for name in _SHOWN
        )
        rows.append(f"{lang}, {part['queries']} queries: {measures}; {_difference(part)}")
    return rows


def _difference(body: dict[str, Any]) -> str:
    peer = body["against_plain_rrf"]
    more = f"{peer['difference']:+}{_range(peer['interval'])}"
    return f"plain RRF has ndcg@10 {peer['ndcg@10']}, ours {more}"


def _range(interval: list[float] | None) -> str:
    return f" ({interval[0]} to {interval[1]})" if interval else ""
