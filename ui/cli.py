"""The `shopclerk` command. Each subcommand is imported only when it runs, so `--help` is quick."""

import sys
from importlib import import_module

import click

from retrieval.errors import ShopclerkError
from ui.logs import mask_logs

# name -> (where it lives, the line that `shopclerk --help` shows)
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("ui.commands.up:up", "Open the shop: everything on embedded defaults."),
    "serve": ("ui.commands.up:serve", "Run the web server alone, for real deployments."),
    "model": ("ui.commands.model:model", "Prepare, serve and look at the language model."),
    "import": ("ui.commands.data:import_", "Bring customers, orders, reviews and policies in."),
    "index": ("ui.commands.index:index", "Build, inspect and roll back the product index."),
    "ask": ("ui.commands.ask:ask", "Ask one question in the terminal."),
    "cases": ("ui.commands.cases:cases", "Run canned questions and compare with the last run."),
    "finetune": ("ui.commands.finetune:finetune", "Teach the models this trade, and measure it."),
    "draft": ("ui.commands.draft:draft", "Draft product texts, checked against the facts."),
    "eval": ("ui.commands.eval:eval_", "Measure how good the search is, and how even-handed."),
    "bench": ("ui.commands.bench:bench", "Measure speed on this machine."),
    "sql": ("ui.commands.sql:sql", "Ask the shop's figures with one SELECT."),
    "reviews": ("ui.commands.reviews:reviews", "Score reviews and say what they tell."),
    "warnings": ("ui.commands.warnings:warnings", "List signs of fraud for staff to look at."),
    "privacy": ("ui.commands.privacy:privacy", "Hand out, erase and sweep away personal data."),
    "staff": ("ui.commands.staff:staff", "Add, list and remove staff accounts."),
    "outbox": ("ui.commands.outbox:outbox", "Deliver confirmed changes to the shop's system."),
    "db": ("ui.commands.data:db", "Migrate and check the database."),
    "doctor": ("ui.commands.doctor:doctor", "Say what is wrong here and how to mend it."),
    "config": ("ui.commands.config:config", "Show the settings in force."),
}


class LazyGroup(click.Group):
    """A click group whose commands are named in `COMMANDS` and imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shopclerk")
def cli() -> None:
    """Shopclerk: a self-hosted, bilingual shop assistant.

    Example: shopclerk ask "a two-person tent under 250 dollars"
    """


def main() -> None:
    """Run the command; turn each of our own errors into one clear line and exit status 1."""
    mask_logs()
    try:
        cli()
    except ShopclerkError as error:
        click.echo(f"shopclerk: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
