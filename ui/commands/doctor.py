"""`shopclerk doctor`: what is wrong with this installation, and how to mend it."""

import json
from dataclasses import asdict

import click

_MARKS = {"ok": "ok  ", "note": "note", "fault": "FAIL"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """Look at machine, ports, database, index and models; exit status 1 when something is wrong.

    \b
    Example:
      shopclerk doctor
    """
    from agent.settings import Settings
    from ui.examination import examine

    findings = examine(Settings())
    faults = [finding for finding in findings if finding.verdict == "fault"]
    if as_json:
        body = {"healthy": not faults, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        for finding in findings:
            cure = f"\n     {finding.cure}" if finding.cure else ""
            click.echo(f"{_MARKS[finding.verdict]} {finding.what}: {finding.found}{cure}")
    raise SystemExit(bool(faults))
