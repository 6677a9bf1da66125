"""Shell completion knows every command and its options, and runs nothing."""

from __future__ import annotations

import os

import pytest

from tap_analytics.__main__ import COMMANDS, COMPLETION, completed, main
from tap_analytics.tap import TapAnalytics


def suggested(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> set[str]:
    """What bash is told may follow a line."""
    monkeypatch.setenv(COMPLETION, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    with pytest.raises(SystemExit):
        main()
    return {answer.partition(",")[2] for answer in capsys.readouterr().out.splitlines()}


def test_every_command_and_the_taps_own_options_are_completed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert suggested("tap-analytics ", monkeypatch, capsys) >= {*COMMANDS}
    assert suggested("tap-analytics ch", monkeypatch, capsys) == {"check"}
    options = suggested("tap-analytics --", monkeypatch, capsys)
    assert options >= {"--config", "--catalog", "--state", "--discover", "--test", "--about"}


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("check", {"--config", "--catalog", "--format"}),
        ("report", {"--format", "--output", "--fail-on", "--last"}),
        ("init-resource", {"--config", "--path", "--api", "--param"}),
    ],
)
def test_the_options_of_each_command_are_completed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    options: set[str],
) -> None:
    assert suggested(f"tap-analytics {command} --", monkeypatch, capsys) >= options
    if command == "check":
        values = suggested("tap-analytics check --format ", monkeypatch, capsys)
        assert values == {"table", "json"}


def test_nothing_is_run_while_a_line_is_completed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = suggested("tap-analytics --discover --a", monkeypatch, capsys)
    assert found == {"--about"}
    commands = completed(TapAnalytics).commands
    assert {*commands} == {*COMMANDS}
    assert os.environ[COMPLETION] == "bash_complete"
