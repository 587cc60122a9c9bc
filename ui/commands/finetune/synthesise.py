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
@click.option("--sheet", type=_PATH, help="Write here what a writer needs to word them anew.")
@click.option("--worded", type=_PATH, help="Hold them in these words: sheet and words.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--out", type=_PATH, help="Default training/chat/train.jsonl (held-out.jsonl).")
@click.option("--json", "as_json", is_flag=True, help="Print the data card as one JSON object.")
def synthesise(
    worlds: int,
    each: int,
    seed: int,
    held_out: bool,
    bank: str,
    sheet: Path | None,
    worded: Path | None,
    workers: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Simulate shoppers against the real tools over scratch shops, and keep what they say.

    Every world is a shop of random goods, orders and rules, really imported and indexed. A
    conversation is kept only if the real assistant shows each sentence unaltered and a replay of
    the parsed text gives the same results. The same seed gives the same corpus; its data card lies
    beside it.

    Frames put every wish alike. With --sheet a writer is told what was said and done, a line a
    conversation, and answers each with {"id", "said", "queries"}: the shopper's messages in other
    words, and what each one's calls then look for. With --worded, and the same worlds, number,
    seed and bank, those conversations are held again so; what the words do not bear out is dropped.

    \b
    Examples:
      shopclerk finetune synthesise
      shopclerk finetune synthesise --held-out --worlds 8 --each 40 --seed 9000
      shopclerk finetune synthesise --worlds 4 --seed 3460 --out plain.jsonl --sheet sheet.jsonl
      cat sheet.jsonl words.jsonl > both.jsonl
      shopclerk finetune synthesise --worlds 4 --seed 3460 --out own.jsonl --worded both.jsonl
    """
    from agent.errors import InvalidInput
    from agent.settings import Settings
    from finetune.bases import say_on_stderr
    from finetune.synthesis.card import data_card
    from finetune.synthesis.corpus import Order, synthesise, write_rows
    from finetune.synthesis.wording import read_worded
    from finetune.synthesis.wording import sheet as told_of

    settings = Settings()
    name = "held-out" if held_out else "train"
    file = out or settings.home / "training" / "chat" / f"{name}.jsonl"
    wordings = read_worded(worded) if worded else {}
    seeds = tuple(range(seed, seed + worlds))
    if strange := [name for name in wordings if name.partition("-")[0] not in map(str, seeds)]:
        raise InvalidInput(
            f"{worded}: {strange[0]} is of none of the shops {seeds[0]} to {seeds[-1]}; give "
            "--seed, --worlds, --each and --bank as they were for the sheet"
        )
    order = Order(settings.model_profile, seeds, each, held_out, bank, wordings)
    corpus = synthesise(order, settings, workers=workers, say=say_on_stderr)
    write_rows(corpus.rows, file)
    if sheet:
        told = [json.dumps(told_of(row), ensure_ascii=False) + "\n" for row in corpus.rows]
        sheet.parent.mkdir(parents=True, exist_ok=True)
        sheet.write_text("".join(told), "utf-8")
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
