"""`shopclerk finetune synthesise`: conversations of simulated shoppers to train on."""

import json
from pathlib import Path

import click

_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--worlds", type=click.IntRange(min=1), default=32, show_default=True)
@click.option("--each", type=click.IntRange(min=1), default=50, show_default=True)
@click.option("--seed", default=1000, show_default=True, help="Of the first world.")
@click.option("--held-out", is_flag=True, help="From the held-out banks and kinds of goods.")
@click.option("--bank", default="", help="Draw from this bank first, such as everyday.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--out", type=_PATH, help="Default training/chat/train.jsonl (held-out.jsonl).")
@click.option("--json", "as_json", is_flag=True, help="Print the data card as one JSON object.")
def synthesise(
    worlds: int,
    each: int,
    seed: int,
    held_out: bool,
    bank: str,
    workers: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Simulate shoppers against the real tools over scratch shops, and keep what they say.

    Every world is a shop of random goods, orders and rules, really imported and indexed. A
    conversation is kept only if the real assistant shows each sentence unaltered and a replay of
    the parsed text gives the same results. The same seed gives the same corpus; its data card lies
    beside it.

    \b
    Examples:
      shopclerk finetune synthesise
      shopclerk finetune synthesise --held-out --worlds 8 --each 40 --seed 9000
    """
    from agent.settings import Settings
    from finetune.bases import say_on_stderr
    from finetune.synthesis.card import data_card
    from finetune.synthesis.corpus import Order, synthesise, write_rows

    settings = Settings()
    name = "held-out" if held_out else "train"
    file = out or settings.home / "training" / "chat" / f"{name}.jsonl"
    order = Order(settings.model_profile, tuple(range(seed, seed + worlds)), each, held_out, bank)
    corpus = synthesise(order, settings, workers=workers, say=say_on_stderr)
    write_rows(corpus.rows, file)
    card = data_card(corpus, order)
    file.with_suffix(".card.json").write_text(
        json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    if as_json:
        click.echo(json.dumps(card, ensure_ascii=False))
        return
    click.echo(f"{card['conversations']} conversations in {file}, {card['turns']['all']} turns")
    for why, count in card["dropped"].items():
        click.echo(f"  dropped {count}: {why}")
