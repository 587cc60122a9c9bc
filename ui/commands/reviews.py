"""`shopclerk reviews`: how customers feel, of what, and what the shop can learn from it."""

import csv
import io
import json
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from agent.reviews.insights import Insight
    from agent.reviews.scoring import Scorer
    from agent.settings import Settings

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_SHOWN = 20


@click.group()
def reviews() -> None:
    """Score reviews, and say what they tell the shop.

    Example: shopclerk reviews insights
    """


@reviews.command()
@click.argument("file", required=False, type=_FILE)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def score(file: Path | None, threads: int, as_json: bool) -> None:
    """Score the shop's reviews that have no score of the present model, or those of a CSV FILE.

    A file needs a column `text`, in UTF-8 or GB18030; its rows come back as CSV with all their
    columns, and behind them polarity, sentiment (-1 to 1) and aspects; "new_polarity" where there
    is such a column already. A text that a spreadsheet would run as a formula gets a `'` before it.
    An import scores by itself; this does so after a change of the model.

    \b
    Examples:
      shopclerk reviews score
      shopclerk reviews score mine.csv > scored.csv
    """
    from agent.settings import Settings

    settings = Settings()
    scorer = _scorer(settings, threads)
    if file is None:
        _score_shop(settings, scorer, as_json)
    else:
        _score_file(file, scorer, as_json)


@reviews.command()
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def insights(lang: str, as_json: bool) -> None:
    """Show for each category and product how many reviews are negative, of what they complain,
    whether that grows, and in whose words. Quotes are customers' text, not facts of the shop.

    \b
    Examples:
      shopclerk reviews insights
      shopclerk reviews insights --lang zh --json
    """
    from agent.clock import system_clock
    from agent.orders.database import open_database
    from agent.reviews.insights import read_insights
    from agent.settings import Settings

    db = open_database(Settings())
    found = read_insights(db, system_clock(), "zh" if lang == "zh" else "en")
    db.dispose()
    if as_json:
        listed = [asdict(insight) | {"share": round(insight.share, 4)} for insight in found]
        click.echo(json.dumps({"insights": listed}, ensure_ascii=False))
        return
    if not found:
        click.echo(_SAID[lang]["none"])
    for kind in ("category", "product"):
        own = [insight for insight in found if insight.kind == kind and insight.negative]
        for insight in own[:_SHOWN]:
            _show(insight, "zh" if lang == "zh" else "en")
        if len(own) > _SHOWN:
            click.echo(f"… {len(own) - _SHOWN} {_SAID[lang]['more']}")


_SAID = {
    "en": {
        "negative": "{bad} of {all} reviews negative ({share:.0%})",
        "rising": "rising",
        "falling": "falling",
        "none": "No review is scored yet; run `shopclerk reviews score`.",
        "more": "more; --json lists all",
    },
    "zh": {
        "negative": "{all}条评价中{bad}条为负面（{share:.0%}）",
        "rising": "上升",
        "falling": "下降",
        "none": "评价都还没有打分，请运行 `shopclerk reviews score`。",
        "more": "条未显示；--json 可列出全部",
    },
}


def _show(insight: "Insight", lang: Literal["en", "zh"]) -> None:
    from agent.reviews.aspects import aspect_name

    counted = _SAID[lang]["negative"].format(
        bad=insight.negative, all=insight.reviews, share=insight.share
    )
    trend = _SAID[lang].get(insight.trend, "")
    click.echo(", ".join(filter(None, [f"{insight.name}: {counted}", trend, *insight.notes])))
    for complaint in insight.complaints:
        click.echo(f"  {aspect_name(complaint.aspect, lang)}: {complaint.reviews}")
        for quote in complaint.quotes:
            click.echo(f"    “{quote.text}” ({quote.review_id}, {quote.rating}★)")


def _scorer(settings: "Settings", threads: int) -> "Scorer":
    from agent.errors import SettingsError
    from agent.reviews.scoring import open_scorer
    from agent.shop import embedder_folder
    from retrieval.embedders import load_embedder
    from retrieval.errors import WeightsError

    try:
        embedder = load_embedder(embedder_folder(settings), threads=threads)
    except WeightsError:
        embedder = None
    scorer = open_scorer(settings, embedder)
    if scorer is None:
        raise SettingsError("SHOPCLERK_REVIEW_MODEL is empty: no model scores reviews")
    if scorer.by_words_alone:
        click.echo(BY_WORDS, err=True)
    return scorer


BY_WORDS = (
    "note: reviews are scored by their words alone: the model was trained with another embedding "
    "model, or that is not prepared; `shopclerk finetune sentiment` trains one"
)


def _score_shop(settings: "Settings", scorer: "Scorer", as_json: bool) -> None:
    from sqlalchemy import func, select

    from agent.orders.database import open_database
    from agent.orders.models import Review
    from agent.reviews.scoring import count_unscored, score_reviews
    from ui.progress import bar

    db, began = open_database(settings), time.monotonic()
    db.migrate()
    with bar("Scoring reviews", count_unscored(db, scorer)) as advance:
        scored = score_reviews(db, scorer, advance)
    with db.read() as session:
        query = select(Review.polarity, func.count()).group_by(Review.polarity)
        counts = {str(polarity): count for polarity, count in session.execute(query)}
    db.dispose()
    seconds = round(time.monotonic() - began, 1)
    body = {"reviews": sum(counts.values()), "scored": scored, "seconds": seconds} | counts
    if as_json:
        click.echo(json.dumps(body))
        return
    click.echo(", ".join(f"{name}: {value}" for name, value in body.items()))


def _score_file(file: Path, scorer: "Scorer", as_json: bool) -> None:
    from ui.progress import bar
    from ui.tables import csv_text

    columns, rows = _table(file)
    began, text = time.monotonic(), columns.index("text")
    with bar("Scoring reviews", len(rows)) as advance:
        scores = scorer.score([row[text] for row in rows], advance=advance)
    added = [_free(name, columns) for name in ("polarity", "sentiment", "aspects")]
    if as_json:
        values = [list(asdict(score).values()) for score in scores]
        scored = zip(rows, values, strict=True)
        body = {
            "reviews": len(rows),
            "seconds": round(time.monotonic() - began, 1),
            **Counter(score.polarity for score in scores),
            "rows": [dict(zip(columns + added, [*row, *new], strict=True)) for row, new in scored],
        }
        click.echo(json.dumps(body, ensure_ascii=False))
        return
    table = [
        [
            *row,
            score.polarity,
            score.sentiment,
            "; ".join(f"{name} {found['polarity']}" for name, found in score.aspects.items()),
        ]
        for row, score in zip(rows, scores, strict=True)
    ]
    click.echo(csv_text(columns + added, table), nl=False)


def _table(file: Path) -> tuple[list[str], list[list[str]]]:
    """The columns of a CSV and its rows, each as long as there are columns. Raises InvalidInput."""
    from agent.errors import InvalidInput
    from finetune.sentiment.data import decoded

    try:
        lines = csv.reader(io.StringIO(decoded(file.read_bytes()), newline=""))
        columns, *rows = [line for line in lines if line] or [[]]
    except (OSError, ValueError, csv.Error) as error:
        raise InvalidInput(f"{file}: cannot be read: {error}") from None
    if not rows or "text" not in columns:
        raise InvalidInput(f"{file}: no rows with a column `text`")
    width = max(map(len, [columns, *rows]))
    # Spreadsheets leave cells behind the last name.
    columns = [name or f"column_{n}" for n, name in enumerate(_filled(columns, width), 1)]
    if len(set(columns)) < width:
        (name, _), *_ = Counter(columns).most_common(1)
        raise InvalidInput(f"{file}: several columns are called `{name}`; rename all but one")
    return columns, [_filled(row, width) for row in rows]


def _filled(row: list[str], width: int) -> list[str]:
    return row + [""] * (width - len(row))


def _free(name: str, columns: list[str]) -> str:
    """The name that a score is put under, where a column of the file's own keeps it."""
    free = name
    while free in columns:
        free = f"new_{free}"
    if free != name:
        click.echo(f"note: the file's own `{name}` stays; the score is in `{free}`", err=True)
    return free
