import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from ioc import __version__, cli
from ioc.access.roles import Role

runner = CliRunner()


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group by its words."""
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


ALL = sorted(commands(typer.main.get_command(cli.app)))


def plain(text: str) -> str:
    """Text without colours and frames, on one line."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", text).split())


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command as the shell does and return the exit code."""
    monkeypatch.setattr("sys.argv", ["ioc", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_commands_are_all_there() -> None:
    expected = (
        "serve migrate demo version sdi/publish keys/create keys/list keys/revoke rules/check simulate/province simulate/namdinh-2023-05"
    )
    assert {tuple(words.split("/")) for words in expected.split()} <= set(ALL)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    shown = runner.invoke(cli.app, [*words, "--help"])
    assert shown.exit_code == 0
    text = plain(shown.output)
    example = re.search(r"(?:Examples?|Start with): (?:IOC_\w+=\S+ )?ioc((?: [a-z][\w-]*)*)", text)
    assert example, "no example"
    assert example[1].split()[: len(words)] == list(words), "the example is of another command"


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_examples_are_commands_that_exist(words: tuple[str, ...]) -> None:
    text = plain(runner.invoke(cli.app, [*words, "--help"]).output)
    for told in re.findall(r"(?:Examples?|Start with): (.*)", text):
        for example in re.findall(r"\bioc((?: [a-z][\w-]*)+)", told):
            words_told = tuple(example.split())
            assert any(words_told[: len(known)] == known for known in ALL if known), example


@pytest.mark.parametrize("words", [(), ("sdi",), ("keys",), ("rules",), ("simulate",)], ids=" ".join)
def test_group_without_a_command_shows_its_help(words: tuple[str, ...]) -> None:
    assert "Usage" in runner.invoke(cli.app, list(words)).output


def test_version() -> None:
    assert runner.invoke(cli.app, ["version"]).output.strip() == __version__


def rules_folder(tmp_path: Path, text: str) -> str:
    (tmp_path / "rules.yaml").write_text(text)
    return str(tmp_path)


def test_rules_that_are_well_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "rules: [{id: a, title: {vi: 'Lũ [/đỏ]', en: 'Flood :100:'}, select: {property: p}, above: [{severity: minor, limit: 1}]}]"
    assert run(monkeypatch, "rules", "check", rules_folder(tmp_path, text)) == 0
    assert capsys.readouterr().out == "a: Lũ [/đỏ] · Flood :100:\n1 rules\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rules: [", "ioc: rules.yaml:1: not YAML: expected the node content, but found '<stream end>'"),
        ("rules: [{id: '[/red]'}]", "ioc: rules.yaml:1: $.id: '[/red]' is not 1 to 64 small letters, digits or '-' beginning"),
        ("\n" * 99 + "rules: 5", "ioc: rules.yaml:100: $.rules: Expected `array`, got `int`, found '5'"),
        ("rules: [{id: [bold]}]", "ioc: rules.yaml:1: $.id: Expected `str`, got `array`"),
        ('rules: "' + "very " * 100 + '"', "ioc: rules.yaml:1: $.rules: Expected `array`, got `str`, found 'very very"),
    ],
    ids=["not YAML", "what looks like markup", "what looks like an emoji", "a list", "a long one"],
)
def test_error_of_ours_is_one_line_as_it_is_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    assert run(monkeypatch, "rules", "check", rules_folder(tmp_path, text)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(complaint)
    assert told.err.count("\n") == 1


def test_wrong_setting_is_one_line_and_exit_code_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IOC_HTTP_PORT", "x")
    for words in (("serve",), ("migrate",), ("keys", "list"), ("simulate", "province")):
        assert run(monkeypatch, *words) == 2
        told = capsys.readouterr().err
        assert told.startswith("ioc: IOC_HTTP_PORT = 'x': ")
        assert told.count("\n") == 1


def test_database_that_is_away_is_one_line_and_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IOC_DATABASE_URL", "postgresql://ioc@127.0.0.1:1/ioc")
    assert run(monkeypatch, "keys", "list") == 1
    told = capsys.readouterr().err
    assert told.startswith("ioc: ConnectionRefusedError: ")
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("rules", "check", "/nonexistent"),
        ("sdi", "publish", "communes.gpkg"),
        ("sdi", "publish", "--layer", "units"),
        ("keys", "create", "a"),
        ("keys", "create", "a", "--role", "king"),
        ("demo", "--rate", "0"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert run(monkeypatch, *words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_every_role_can_be_given_to_a_key() -> None:
    told = runner.invoke(cli.app, ["keys", "create", "a", "--role", "king"]).output
    assert all(f"'{role}'" in told for role in Role)
