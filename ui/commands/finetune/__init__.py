"""`shopclerk finetune`: teach models this trade, and measure what they learnt."""

import click

from ui.commands.finetune.embedding import embedding
from ui.commands.finetune.evaluate import evaluate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def finetune() -> None:
    """Teach the models what shoppers mean and how the shop answers, and measure it.

    Example: shopclerk finetune evaluate --variants base-strict,tuned-strict
    """


for command in (embedding, evaluate):
    finetune.add_command(command)
