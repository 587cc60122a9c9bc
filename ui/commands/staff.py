"""`shopclerk staff`: who may sign in as the shop's own people."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.identity.staff import Staff


@click.group()
def staff() -> None:
    """Add, list and remove staff accounts: they sign in on the page and ask the shop's figures.

    Example: shopclerk staff add mei
    """


@staff.command()
@click.argument("name")
@click.option("--prompt", is_flag=True, help="Ask for the password instead of making one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def add(name: str, prompt: bool, as_json: bool) -> None:
    """Make an account. Its password is made here, printed this once and kept nowhere.

    \b
    Examples:
      shopclerk staff add mei
      shopclerk staff add mei --prompt
    """
    given = ""
    if prompt:
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    with _open() as accounts:
        name, password = accounts.add(name, given)
    if as_json:
        made = {} if given else {"password": password}
        click.echo(json.dumps({"name": name} | made, ensure_ascii=False))
    elif given:
        click.echo(f"{name} can sign in.")
    else:
        click.echo(f"{name} can sign in with the password {password}  (it is not shown again)")


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(as_json: bool) -> None:
    """List the accounts.

    Example: shopclerk staff list
    """
    with _open() as accounts:
        members = accounts.members()
    if as_json:
        rows = [
            {
                "name": member.name,
                "created_at": member.created_at.isoformat(),
                "made_at_start": member.made_at_start,
            }
            for member in members
        ]
        click.echo(json.dumps({"staff": rows}, ensure_ascii=False))
        return
    for member in members:
        made = "  made at the first start" if member.made_at_start else ""
        click.echo(f"{member.created_at:%Y-%m-%d %H:%M}  {member.name}{made}")
    if not members:
        click.echo("There is no staff account; `shopclerk staff add NAME` makes one.", err=True)


@staff.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def remove(name: str, as_json: bool) -> None:
    """End an account; whoever is signed in with it is signed out.

    Example: shopclerk staff remove mei
    """
    with _open() as accounts:
        name = accounts.remove(name)
    body = json.dumps({"removed": name}, ensure_ascii=False)
    click.echo(body if as_json else f"{name} can no longer sign in.")


@contextmanager
def _open() -> "Iterator[Staff]":
    from agent.clock import system_clock
    from agent.identity.staff import Staff
    from agent.orders.database import open_database
    from agent.settings import Settings

    db = open_database(Settings())
    try:
        yield Staff(db, system_clock)
    finally:
        db.dispose()
