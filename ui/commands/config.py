"""`shopclerk config`: the settings in force."""

import json

import click


@click.group()
def config() -> None:
    """Show the settings in force, and where each comes from."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(as_json: bool) -> None:
    """Print every setting, secrets hidden.

    \b
    Examples:
      shopclerk config show
      SHOPCLERK_PORT=8080 shopclerk config show --json
    """
    from agent.masking import mask_password
    from agent.settings import Settings

    settings = Settings()
    values = settings.model_dump(mode="json")
    for name in ("database_url", "index_url", "model_url", "webhook_url", "token_keys"):
        values[name] = mask_password(values[name])
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
        return
    for name, value in values.items():
        mark = "" if name in settings.model_fields_set else "  (default)"
        click.echo(f"SHOPCLERK_{name.upper()}={value if value is not None else ''}{mark}")
