"""`shopclerk finetune evaluate`: base, tuned and a humble baseline on the same held-out cases."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.shop import Shop

_PATH = click.Path(path_type=Path)
_COUNT = click.IntRange(min=0)


@click.command()
@click.option("--held-out", type=_PATH, help="Default training/chat/held-out.jsonl under home.")
@click.option("--training", type=_PATH, help="What the router learns; default train.jsonl there.")
@click.option("--steps/--no-steps", default=True, help="Measure the held-out conversations.")
@click.option(
    "--variants",
    default="",
    help="Any of base, base-strict, tuned, tuned-strict, router, by commas; default all there are.",
)
@click.option("--adapter", default="", help="The adapter that `tuned` means; default the served.")
@click.option("--name", help="The report's folder under evaluations; default the time.")
@click.option("--limit", type=_COUNT, default=0, help="So many conversations at most; 0: all.")
@click.option("--at-once", type=click.IntRange(min=1), default=16, show_default=True)
@click.option(
    "--perplexity",
    type=click.Choice(["no", "vllm", "torch"]),
    default="vllm",
    show_default=True,
    help="By the server, or by torch on the bf16 checkpoint.",
)
@click.option(
    "--outcomes/--no-outcomes",
    default=True,
    help="Run calls that are not the gold ones, and see whether they come to the same.",
)
@click.option("--perplexity-rows", type=_COUNT, default=100, show_default=True)
@click.option("--tasks", type=_COUNT, default=0, help="So many tau-bench retail tasks.")
@click.option("--retail", type=_PATH, help="Their folder; default ../shared/data/retail_orders.")
@click.option("--runs", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--tasks-at-once", type=click.IntRange(min=1), default=4, show_default=True)
@click.option("--cases", type=_PATH, multiple=True, help="Canned questions; may be repeated.")
@click.option("--seed", default=7, show_default=True)
@click.option("--resamples", type=click.IntRange(min=10), default=1000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def evaluate(
    held_out: Path | None,
    training: Path | None,
    steps: bool,
    variants: str,
    adapter: str,
    name: str | None,
    limit: int,
    at_once: int,
    perplexity: Literal["no", "vllm", "torch"],
    outcomes: bool,
    perplexity_rows: int,
    tasks: int,
    retail: Path | None,
    runs: int,
    tasks_at_once: int,
    cases: tuple[Path, ...],
    seed: int,
    resamples: int,
    as_json: bool,
) -> None:
    """Measure the chat model on conversations that it was not trained on.

    Each answer of the perfect clerk is a step: the history before it goes to the real model server,
    and what comes back is compared, by the letter and by what the shop gives for it. Tasks are done
    by a scripted shopper with the whole assistant, canned questions asked of it as `cases run`
    does; both by the variants with strict schemas, which are what serves. Answers are kept: a run
    that was killed goes on where it was. The report (JSON, Markdown, a page with drawings, every
    failure) is under evaluations in the state folder.

    \b
    Examples:
      shopclerk finetune evaluate
      shopclerk finetune evaluate --variants base-strict,tuned-strict,router --limit 200
      shopclerk finetune evaluate --no-steps --tasks 100 --variants tuned-strict
      shopclerk finetune evaluate --no-steps --cases data/cases/en.jsonl --cases data/cases/zh.jsonl
    """
    from agent.errors import InvalidInput
    from agent.settings import Settings
    from finetune.bases import say_on_stderr
    from finetune.evaluation.figures import Resampling
    from finetune.evaluation.recording import Recording
    from finetune.evaluation.report import body_of, write_report
    from finetune.evaluation.retail.run import Order as Tasks
    from finetune.evaluation.retail.shop import DEFAULT
    from finetune.evaluation.running import Order
    from finetune.evaluation.running import evaluate as measured
    from finetune.evaluation.variants import adapter_name, available
    from ui.hardware import hardware

    if not (steps or tasks or cases):
        raise InvalidInput("nothing to measure: give --tasks or --cases, or leave --no-steps out")
    settings = Settings()
    corpus = settings.home / "training" / "chat"
    adapter = adapter_name(settings, adapter)
    asked = [part.strip() for part in variants.split(",") if part.strip()]
    order = Order(
        variants=tuple(available(asked, adapter, say_on_stderr)),
        adapter=adapter,
        held_out=(held_out or corpus / "held-out.jsonl") if steps else None,
        training=training or corpus / "train.jsonl",
        limit=limit,
        at_once=at_once,
        perplexity=perplexity,
        perplexity_rows=perplexity_rows,
        outcomes=outcomes,
        tasks=Tasks(retail or DEFAULT, tasks, runs, seed, tasks_at_once) if tasks else None,
        cases=cases,
        how=Resampling(resamples, seed),
    )
    home = settings.home / "evaluations"
    name = name or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    with Recording(home / "answers.db") as recording:
        found = measured(order, settings, recording, lambda: _shop(settings), say_on_stderr)
    body = body_of(name, found, order.how, hardware())
    failures = [failure for one in found.measured for failure in one.failures()]
    page = write_report(home / name, body, failures)
    click.echo(json.dumps(body, ensure_ascii=False) if as_json else _text(body, page))


@contextmanager
def _shop(settings: "Settings") -> "Iterator[Shop]":
    """The shop on a copy of its data, as `cases run` opens it."""
    from agent.shop import open_shop
    from ui.answering import copied

    with copied(settings) as scratch:
        shop = open_shop(scratch)
        shop.searcher.refresh()
        shop.warm()
        try:
            yield shop
        finally:
            shop.close()


def _text(body: dict[str, Any], page: Path) -> str:
    lines: list[str] = []
    for variant, one in body["variants"].items():
        for lang in ("en", "zh"):
            figures = one["figures"]["language"].get(lang, {})
            said = ", ".join(f"{m} {f['value']:.3f}" for m, f in figures.items())
            lines.append(f"{variant}, {lang}: {said}")
    for variant, one in body["tasks"].items():
        passed = ", ".join(f"{k} {one[k]['value']:.3f}" for k in one if k.startswith("pass^"))
        lines.append(f"{variant}, tasks: {passed}, unconfirmed writes {one['unconfirmed_writes']}")
    for variant, one in body["cases"].items():
        passed = ", ".join(f"{k} {f['value']:.3f}" for k, f in one["passed"].items())
        lines.append(f"{variant}, cases: {passed}")
    return "\n".join([*lines, f"the report: {page}"])
