"""`ioc rules`: check, test and replay rules, and tell how they do."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ioc.cli_replay import replay
from ioc.cli_settings import load_settings
from ioc.errors import ConfigurationError

if TYPE_CHECKING:
    from ioc.alerts.rule_tests import Tried

rules = typer.Typer(help="Alert rules.\n\nExample: ioc rules check", no_args_is_help=True)
rules.command("replay", epilog="Example: ioc rules replay --last 7d --file water.yaml --against-in-force")(replay)
out = Console(soft_wrap=True, emoji=False, markup=False, highlight=False)
_TIMEOUT_S = 600.0
_STYLES = {"-": "red", "+": "green", " ": "dim"}


@rules.command("check", epilog="Example: ioc rules check sdi/rules")
def rules_check(
    folder: Annotated[Path | None, typer.Argument(exists=True, file_okay=False, help="default: the rules of the SDI folder")] = None,
) -> None:
    """Read the rules and say what is wrong with them, by file and line."""
    from ioc.alerts.rule_book import load_rules  # noqa: PLC0415 - keeps `ioc --help` quick

    found = load_rules(folder or load_settings().sdi_dir / "rules")
    for rule in found:
        out.print(f"{rule.id}: {rule.title.vi} · {rule.title.en}")
    out.print(f"{len(found)} rules")


@rules.command("test", epilog="Examples: ioc rules test · ioc rules test sdi/rules/water_test.yaml --run flood")
def rules_test(
    paths: Annotated[list[Path] | None, typer.Argument(exists=True, help="files, or folders with files *_test.yaml")] = None,
    run: Annotated[str | None, typer.Option(help="only tests whose name this regular expression is found in")] = None,
) -> None:
    """Run tests of rules: what happens, told as timelines, and what the rules must make of it.

    Ends with 0 where all is as expected, 1 where something is not, 2 where a file is wrong.
    """
    from ioc.alerts.rule_tests import files_with_tests, run_tests  # noqa: PLC0415

    tried = failed = 0
    for file in files_with_tests(paths or [load_settings().sdi_dir / "rules"]):
        results = list(run_tests(file, only=run))
        bad = [one for one in results if one.differences]
        tried, failed = tried + len(results), failed + len(bad)
        word = Text("FAILED", "bold red") if bad else Text("ok", "green")
        out.print(Text.assemble(f"{file}: {len(results)} tests ", word))
        for one in bad:
            _show(one)
    if not tried:
        raise ConfigurationError(f"no test has a name in which {run!r} is found")
    out.print(f"{tried} tests, {failed} failed" if failed else f"{tried} tests, all as expected")
    raise typer.Exit(1 if failed else 0)


@rules.command("schema", epilog="Example: ioc rules schema --out sdi/schemas/rules.json")
def rules_schema(
    tests: Annotated[bool, typer.Option("--tests", help="of files with tests of rules")] = False,
    file: Annotated[Path | None, typer.Option("--out", help="the file to write; without it the schema is printed")] = None,
) -> None:
    """Write the JSON Schema of rule files, for editors: `# yaml-language-server: $schema=…` in the first line of a file."""
    from ioc.alerts.rule_schema import rule_file_schema, rule_test_schema  # noqa: PLC0415

    text = json.dumps(rule_test_schema() if tests else rule_file_schema(), ensure_ascii=False, indent=1)
    if file is None:
        typer.echo(text)
    else:
        file.write_text(text + "\n", encoding="utf-8")


@rules.command("report", epilog="Example: ioc rules report")
def rules_report(as_json: Annotated[bool, typer.Option("--json", help="for programs: every figure")] = False) -> None:
    """Tell of the rules in force what they match, how they fared in the last 30 days, and which of them want to be looked at."""
    told = asyncio.run(_report())
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    table = Table("rule", "matches", "fired", "last fired", "firing", "flapping", "acknowledged after")
    for one in told["rules"]:
        share, after = one["share_firing"], one["median_acknowledge_s"]
        table.add_row(
            one["rule"],
            "-" if one["matches"] is None else str(one["matches"]),
            str(one["fired"]),
            (one["last_fired"] or "never")[:16],
            "-" if share is None else f"{share:.1%}",
            str(one["flapping"]),
            "-" if after is None else f"{after:.0f} s",
        )
    out.print(table)
    for one in told["rules"]:
        for finding in one["findings"]:
            out.print(f"{one['rule']}: {finding['text']['en']} · {finding['text']['vi']}")


async def _report() -> dict[str, Any]:
    from ioc.alerts.rule_book import rules_in_force  # noqa: PLC0415
    from ioc.rule_replay import open_replays  # noqa: PLC0415
    from ioc.store.pool import open_pool  # noqa: PLC0415

    settings, now = load_settings(), datetime.now(UTC)
    pool = await open_pool(settings.database_url, size=2, timeout_s=_TIMEOUT_S)
    try:
        replays = await open_replays(pool, now, settings.sdi_dir)
        async with pool.acquire() as conn:
            return await replays.report(conn, await rules_in_force(settings.sdi_dir / "rules", conn), now)
    finally:
        await pool.close()


def _show(tried: Tried) -> None:
    out.print(Text(f"  {tried.where}: {tried.name}", "bold"))
    for difference in tried.differences:
        out.print(f"    {difference.where}: {difference.about}: - expected, + got")
        for sign, text, where in difference.lines:
            place = f"   ({where})" if sign == "-" else ""
            out.print(Text(f"      {sign} {text}{place}", _STYLES[sign]))
