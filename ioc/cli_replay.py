"""`ioc rules replay`: rules over what the database has of a period."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ioc.cli_settings import load_settings
from ioc.domain.clock import LOCAL_ZONE
from ioc.errors import BadInput

if TYPE_CHECKING:
    from ioc.alerts.rule import Rule
    from ioc.alerts.standings import Transition

out = Console(soft_wrap=True, emoji=False, markup=False, highlight=False)
_TIMEOUT_S = 3600.0
_FEW = 20
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_Files = Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False, help="rules of this file, in place of those in force")]
_Against = Annotated[
    list[Path] | None, typer.Option(exists=True, dir_okay=False, help="tell how the alerts differ from those of this file")
]


def replay(
    begin: Annotated[str | None, typer.Option("--from", help="the first instant: 2026-11-01 or 2026-11-01T06:00+07:00")] = None,
    end: Annotated[str | None, typer.Option("--to", help="the first instant after it; default: now")] = None,
    last: Annotated[str, typer.Option(help="how long before the end it begins, where --from is not told")] = "24h",
    rule: Annotated[list[str] | None, typer.Option(help="only this rule; may be told again")] = None,
    file: _Files = None,
    against: _Against = None,
    against_in_force: Annotated[bool, typer.Option("--against-in-force", help="tell how they differ from those in force")] = False,
    by_time: Annotated[bool, typer.Option("--by-time", help="as if everything had arrived at its own time: for history")] = False,
    log: Annotated[Path | None, typer.Option(help="write every transition to this file, each as a line of JSON")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: everything, each alert with its times")] = False,
) -> None:
    """Run rules over what the database has of a period: when they would have fired, how often, how long. Changes nothing."""
    until = datetime.now(UTC) if end is None else read_instant(end)
    since = until - read_span(last) if begin is None else read_instant(begin)
    with ExitStack() as closing:
        write = closing.enter_context(log.open("wb")).write if log else None
        told = asyncio.run(_replay(since, until, file, against, rule, against_in_force=against_in_force, by_time=by_time, write=write))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    show_report(told, out)
    if "difference" in told:
        show_difference(told["difference"], out)


def read_instant(told: str) -> datetime:
    """Return an instant or the beginning of a day; without a zone it is one of Viet Nam. Raises BadInput."""
    try:
        instant = datetime.fromisoformat(told)
    except ValueError:
        raise BadInput(f"{told!r} is not an instant such as 2026-11-01 or 2026-11-01T06:00+07:00") from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=LOCAL_ZONE)).astimezone(UTC)


def read_span(told: str) -> timedelta:
    """Return a span such as 30m, 24h or 7d. Raises BadInput."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", told)
    if found is None:
        raise BadInput(f"{told!r} is not a span such as 30m, 24h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


async def _replay(
    begin: datetime,
    end: datetime,
    file: Sequence[Path] | None,
    against: Sequence[Path] | None,
    only: Sequence[str] | None,
    *,
    against_in_force: bool,
    by_time: bool,
    write: Callable[[bytes], Any] | None,
) -> dict[str, Any]:
    from ioc.alerts.replay import Question  # noqa: PLC0415 - keeps `ioc --help` quick
    from ioc.alerts.replay_tally import Log  # noqa: PLC0415
    from ioc.alerts.rule_book import rules_in_force, rules_of_files  # noqa: PLC0415
    from ioc.rule_replay import open_replays  # noqa: PLC0415
    from ioc.store.pool import open_pool  # noqa: PLC0415

    settings = load_settings()
    pool = await open_pool(settings.database_url, size=2, timeout_s=_TIMEOUT_S)
    tell: Callable[[Transition], None] = Log(write).add if write else (lambda _transition: None)
    try:
        replays = await open_replays(pool, datetime.now(UTC), settings.sdi_dir)
        async with pool.acquire() as conn:
            in_force: list[Rule] = [] if file and not against_in_force else await rules_in_force(settings.sdi_dir / "rules", conn)
            chosen = rules_of_files(file) if file else in_force
            others = rules_of_files(against) if against else in_force if against_in_force else None
            question = Question(begin, end, chosen, others, only, "time" if by_time else "arrival")
            return await replays.answer(conn, question, on_transition=tell)
    finally:
        await pool.close()


def show_report(told: dict[str, Any], console: Console) -> None:
    """Print what rules did for people: by rule, and by the subjects that fired most."""
    read = told["read"]
    console.print(f"{told['from']} to {told['to']}, rules running since {told['warm_up_from']}")
    console.print(f"{read['readings']:,} readings, {read['positions']:,} positions, {read['events']:,} events")
    table = Table("rule", "subject", "alerts", "firing", "longest", "worst", "came again", "flapping", "open")
    for rule in told["rules"]:
        table.add_row(rule["rule"], f"{len(rule['subjects'])} subjects", *_figures(rule), style="bold" if rule["alerts"] else "dim")
        for subject in rule["subjects"][:_FEW]:
            table.add_row("", subject["subject"], *_figures(subject))
        if len(rule["subjects"]) > _FEW:
            table.add_row("", f"… and {len(rule['subjects']) - _FEW} more")
    console.print(table)
    days = ", ".join(f"{day['day']}: {day['alerts']}" for day in told["per_day"])
    console.print(f"{told['alerts']} alerts{f' ({days})' if days else ''}; {told['open_at_end']} open at the end")
    for note in told["notes"]:
        console.print(f"note: {note}")


def show_difference(told: dict[str, Any], console: Console) -> None:
    """Print how the alerts of two sets of rules differ."""
    for sign, style, alerts in (("+", "green", told["added"]), ("-", "red", told["removed"])):
        for one in alerts:
            console.print(f"{sign} {one['rule']} {one['subject']}: {_span(one)}", style=style)
    for one in told["moved"]:
        console.print(f"~ {one['rule']} {one['subject']}: {_span(one['before'])}, now {_span(one['after'])}", style="yellow")
    console.print(f"{len(told['added'])} added, {len(told['removed'])} removed, {len(told['moved'])} moved, {told['same']} the same")


def _figures(told: dict[str, Any]) -> list[str]:
    lasted = [str(timedelta(seconds=round(told[name]))) for name in ("firing_s", "longest_s")]
    return [str(told["alerts"]), *lasted, told["worst"] or "-", str(told["relapses"]), str(told["flapping"]), str(told["open_at_end"])]


def _span(told: dict[str, Any]) -> str:
    return f"{told['fired']} to {told['cleared'] or 'the end'} ({told['worst']})"
