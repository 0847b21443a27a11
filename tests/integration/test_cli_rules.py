"""`ioc rules` on a database."""

import json
import sys
from pathlib import Path

import pytest

from ioc.cli import main
from tests.support.databases import Database, in_thread
from tests.support.services import SDI_DIRECTORY


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    monkeypatch.setattr(sys, "argv", ["ioc", "rules", *words])
    with pytest.raises(SystemExit) as ended:
        in_thread(main)
    return ended.value.code


def test_replay_and_report_on_an_empty_database(
    any_database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("IOC_DATABASE_URL", any_database.dsn)
    monkeypatch.setenv("IOC_SDI_DIR", str(SDI_DIRECTORY))
    log = tmp_path / "log.ndjson"
    assert run(monkeypatch, "replay", "--last", "2h", "--against-in-force", "--log", str(log)) == 0
    assert "0 added, 0 removed, 0 moved, 0 the same" in capsys.readouterr().out
    assert log.read_bytes() == b""
    assert run(monkeypatch, "replay", "--last", "2h", "--rule", "heavy-rain", "--json") == 0
    assert [rule["rule"] for rule in json.loads(capsys.readouterr().out)["rules"]] == ["heavy-rain"]
    assert run(monkeypatch, "replay", "--last", "soon") == 2
    assert "'soon' is not a span such as 30m, 24h or 7d" in capsys.readouterr().err
    assert run(monkeypatch, "report") == 0
    told = capsys.readouterr().out
    assert "speeding-at-school: The layer school-zones is not there" in told
    assert "heavy-rain: No station or event matches the rule." in told
