"""How the benches print what they measured."""

import json
from collections.abc import Iterator
from typing import Any

import click


def tell(body: dict[str, Any], as_json: bool) -> None:
    """One JSON object, or a line a figure."""
    click.echo(json.dumps(body, ensure_ascii=False) if as_json else "\n".join(_lines(body)))


def _lines(body: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in body.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{above}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from (f"{above}{name}: {_row(row)}" for row in value)
        else:
            yield f"{above}{name}: {value}"


def _row(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())
