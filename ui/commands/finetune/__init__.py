"""`shopclerk finetune`: teach models this trade, and measure what they learnt."""

import click

from ui.commands.finetune.embedding import embedding
from ui.commands.finetune.evaluate import evaluate
from ui.commands.finetune.publish import publish
from ui.commands.finetune.sentiment import sentiment
from ui.commands.finetune.synthesise import synthesise
from ui.commands.finetune.train import train


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def finetune() -> None:
    """Teach the models what shoppers mean and how the shop answers, and measure it.

    Example: shopclerk finetune synthesise
    """


for command in (synthesise, train, evaluate, publish, embedding, sentiment):
    finetune.add_command(command)
