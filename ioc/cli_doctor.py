"""`ioc doctor`: what is well on an installation, what is not, and what to do about it."""

from __future__ import annotations

import asyncio
import json
from itertools import groupby
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ioc import __version__
from ioc.doctor.finding import Finding, Status, worst

_LOOKS = {Status.OK: ("ok", "green"), Status.WARNING: ("warning", "yellow"), Status.FAULT: ("fault", "bold red")}
_WIDEST = 120


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="for programs: every finding as an object")] = False,
    key: Annotated[
        str | None, typer.Option(envvar="IOC_DOCTOR_KEY", help="API key of a viewer, to be told the service's own checks")
    ] = None,
) -> None:
    """Examine settings, database, broker, service and what has arrived; changes nothing, needs no running service.

    Ends with 0 where all is well, 1 with warnings, 2 with faults.
    """
    from ioc.doctor.run import examine  # noqa: PLC0415 - keeps `ioc --help` quick

    err = Console(stderr=True)
    with err.status("") as line:
        findings = asyncio.run(examine(key=key, on_part=lambda part: line.update(f"looking at the {part}")))
    if as_json:
        report = {"version": __version__, "status": worst(findings), "findings": [finding.as_json() for finding in findings]}
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        out = Console(emoji=False, markup=False, highlight=False)
        show(findings, Console(emoji=False, markup=False, highlight=False, width=min(out.width, _WIDEST)))
    raise typer.Exit(worst(findings).exit_code)


def show(findings: list[Finding], out: Console) -> None:
    """Print findings for people, by part, and how many there are of each kind."""
    checks = max((len(finding.check) for finding in findings), default=0)
    for part, some in groupby(findings, key=lambda finding: finding.part):
        out.print(Text(f"\n{part}", style="bold"))
        table = Table.grid(padding=(0, 2), expand=False)
        table.add_column(width=max(len(word) for word, _ in _LOOKS.values()))
        table.add_column(width=min(checks, 22), overflow="fold")
        table.add_column(overflow="fold")
        for finding in some:
            word, style = _LOOKS[finding.status]
            table.add_row(Text(word, style=style), finding.check, _told(finding))
        out.print(Padding(table, (0, 0, 0, 2)))
    counts = [(sum(finding.status is status for finding in findings), status) for status in Status]
    told = ", ".join(f"{count} {_plural(_LOOKS[status][0], count)}" for count, status in counts)
    out.print(Text(f"\n{told}", style=_LOOKS[worst(findings)][1]))


def _told(finding: Finding) -> Table:
    told = Table.grid(padding=(0, 2))
    told.add_column(overflow="fold")
    told.add_row(Text(finding.found))
    reasons = Table.grid(padding=(0, 1))
    reasons.add_column(width=3)
    reasons.add_column(overflow="fold")
    for word, text in (("why", finding.why), ("do", finding.remedy)):
        if text:
            reasons.add_row(Text(word, style="dim"), Text(text))
    if reasons.row_count:
        told.add_row(reasons)
    return told


def _plural(word: str, count: int) -> str:
    return word if word == "ok" or count == 1 else f"{word}s"
