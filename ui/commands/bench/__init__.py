"""`shopclerk bench`: speed on this machine, measured and printed with the hardware."""

import click

from ui.commands.bench.index import index
from ui.commands.bench.orders import orders
from ui.commands.bench.search import search
from ui.commands.bench.serving import serving
from ui.commands.bench.turns import turns


@click.group()
def bench() -> None:
    """Measure speed on this machine; every figure comes with the hardware.

    Example: shopclerk bench turns
    """


for command in (search, index, turns, serving, orders):
    bench.add_command(command)
