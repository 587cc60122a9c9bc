"""`shopclerk finetune sentiment`: teach the model that scores reviews."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.settings import Settings
    from finetune.sentiment.data import Review
    from finetune.sentiment.judging import Figures

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--data", type=_FILE, multiple=True, help="Labelled reviews, CSV or JSON Lines.")
@click.option("--out", type=click.Path(path_type=Path), help="The model's folder.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sentiment(data: tuple[Path, ...], out: Path | None, threads: int, as_json: bool) -> None:
    """Train the model of reviews' sentiment, and compare it with simpler ones on held-out reviews.

    A file has a column `text` and one of `label` (negative, neutral, positive; 0 and 1; -1, 0 and
    1; stars), `rating` (stars) or `score` (a mean from -4 to 4), and may have `lang` and `group`:
    what a text is part of. Files whose names end in .gz are read too. Without --data it learns from
    the shop's own reviews, by their stars. SHOPCLERK_REVIEW_MODEL names the folder that is to be
    used.

    \b
    Examples:
      shopclerk finetune sentiment --data reviews.csv
      shopclerk finetune sentiment --data en.jsonl.gz --data zh.jsonl.gz --out my-model
    """
    from agent.reviews.meaning import to_encode
    from agent.settings import Settings
    from agent.shop import embedder_folder
    from finetune.bases import say_on_stderr
    from finetune.sentiment.comparing import compare, teach
    from finetune.sentiment.data import read_reviews
    from finetune.sentiment.meaning import kept_meaning
    from finetune.sentiment.publishing import publish
    from retrieval.embedders import load_embedder
    from ui.progress import bar

    settings, began = Settings(), time.monotonic()
    reviews = read_reviews(data) if data else _own_reviews(settings)
    embedder = load_embedder(embedder_folder(settings), threads=threads)
    with bar("Reading meaning", len(to_encode([review.text for review in reviews]))) as advance:
        meaning = kept_meaning(
            reviews, embedder, settings.home / "training" / "review-sentiment", advance
        )
    figures = compare(reviews, meaning, say_on_stderr)
    trained = teach(reviews, meaning, range(len(reviews)))
    into = out or settings.home / "adapters" / "review-sentiment"
    folder = publish(trained, reviews, data, figures, embedder, into)
    body = {
        "model": str(folder),
        "reviews": len(reviews),
        "figures": {
            lang: {name: asdict(found) for name, found in by_model.items()}
            for lang, by_model in figures.items()
        },
        "seconds": round(time.monotonic() - began, 1),
    }
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False))
        return
    for lang, by_model in figures.items():
        _show(lang, by_model)
    click.echo(f"{folder}: {len(reviews)} reviews, {body['seconds']} s")


def _own_reviews(settings: "Settings") -> "list[Review]":
    from sqlalchemy import select

    from agent.orders.database import open_database
    from agent.orders.models import Review as Row
    from finetune.sentiment.data import from_stars

    db = open_database(settings)
    with db.read() as session:
        rows = session.execute(select(Row.text, Row.rating).order_by(Row.id)).all()
    db.dispose()
    return from_stars((text, rating) for text, rating in rows)


def _show(lang: str, by_model: "Mapping[str, Figures]") -> None:
    click.echo(f"{lang}: {next(iter(by_model.values())).reviews} reviews")
    for name, found in by_model.items():
        low, high = found.interval
        less, more = found.above_interval
        click.echo(
            f"  {name:<32} macro-F1 {found.macro_f1:.3f} ({low:.3f} to {high:.3f}), "
            f"accuracy {found.accuracy:.3f}, ECE {found.ece:.3f}, "
            f"above the first {found.above:+.3f} ({less:+.3f} to {more:+.3f})"
        )
