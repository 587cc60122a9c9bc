"""`shopclerk finetune embedding`: teach the embedding model what shoppers mean."""

import json
import time
from pathlib import Path

import click

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--data", type=_FILE, multiple=True, help="Products with queries, JSON Lines.")
@click.option("--recipe", type=_FILE, help="YAML; default finetune/embedding.yaml.")
@click.option("--out", type=click.Path(path_type=Path), help="The adapter's folder.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def embedding(
    data: tuple[Path, ...], recipe: Path | None, out: Path | None, threads: int, as_json: bool
) -> None:
    """Train an adapter of the embedding model on products and the queries that they answer.

    Without --data it learns from data/search/elsewhere, as the adapter that ships did. A run that
    was killed goes on from its last checkpoint when it is called again with the same data and
    recipe. SHOPCLERK_EMBEDDER_ADAPTER names the folder that is to be used.

    \b
    Examples:
      shopclerk finetune embedding
      shopclerk finetune embedding --data mine.jsonl --out my-adapter --threads 2
    """
    from agent.settings import CHECKOUT, Settings
    from finetune.cards import publish
    from finetune.embedding import train
    from finetune.pairs import read_pairs
    from finetune.recipe import RECIPE, load_recipe
    from retrieval.checkpoints import NAME, prepare_embedder

    settings = Settings()
    recipe_ = load_recipe(recipe or RECIPE)
    files = data or sorted((CHECKOUT / "data" / "search" / "elsewhere").glob("*.jsonl"))
    pairs = read_pairs(files)
    base = prepare_embedder(
        settings.models_dir / NAME, source=None, hub_timeout=settings.hub_timeout
    )
    began = time.monotonic()
    work = settings.home / "training" / NAME
    trained = train(recipe_, pairs, base, work, threads=threads)
    folder = publish(trained, recipe_, pairs, base, out or settings.home / "adapters" / "embedding")
    body = {
        "adapter": str(folder),
        "steps": trained.steps,
        "before": trained.before,
        "after": trained.after,
        "seconds": round(time.monotonic() - began, 1),
    }
    click.echo(
        json.dumps(body)
        if as_json
        else "\n".join(f"{name}: {value}" for name, value in body.items())
    )
