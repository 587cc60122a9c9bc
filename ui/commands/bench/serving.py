"""`shopclerk bench serving`: how soon the model answers, beside its other numeric formats."""

from pathlib import Path

import click

_CASES = ("data/cases/en.jsonl", "data/cases/zh.jsonl")


@click.command()
@click.option("--questions", default=60, show_default=True, type=click.IntRange(4))
@click.option("--at-once", default=16, show_default=True, type=click.IntRange(1))
@click.option(
    "--against",
    "peers",
    multiple=True,
    type=click.Choice(["bf16", "int8", "guessing"]),
    help="Default: the other numeric format; on a GPU guessing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def serving(questions: int, at_once: int, peers: tuple[str, ...], as_json: bool) -> None:
    """Time the served model's first answer to canned questions, beside the same model in other
    numeric formats: bf16, int8, or guessing tokens from the n-grams of the prompt.

    Each format gets a model server of its own, one after the other, and the same questions: every
    second one alone, the others many at once. A format that is not there yet is prepared first (1
    to 2 GB). Nothing else should run on the cores.

    \b
    Examples:
      shopclerk bench serving
      shopclerk bench serving --against bf16 --against guessing --json
    """
    import random

    from agent.cases import read_cases
    from agent.profiles import chosen_profile
    from agent.settings import CHECKOUT, Settings
    from finetune.bases import say_on_stderr
    from ui.commands.bench.telling import tell
    from ui.hardware import hardware
    from ui.measuring.serving import SERVED, default_peers, first_steps, in_format, time_format

    settings = Settings()
    files: list[Path] = [CHECKOUT / file for file in _CASES]
    steps = first_steps(read_cases(files))
    random.Random(7).shuffle(steps)
    del steps[questions:]
    names = [SERVED, *dict.fromkeys(peers or default_peers(settings))]
    timed = {
        name: time_format(in_format(name, settings), steps, at_once, say_on_stderr)
        for name in names
    }
    served = timed[SERVED]
    profile = chosen_profile(settings)
    body = {
        "bench": "serving",
        "model": profile.name,
        "adapter": profile.tuned.name if profile.tuned else "",
        "questions": len(steps),
        "at_once": at_once,
        "formats": {name: one.figures(served) for name, one in timed.items()},
        "times_as_fast_as": {name: served.ratios(timed[name]) for name in names[1:]},
        **hardware(),
    }
    tell(body, as_json)
