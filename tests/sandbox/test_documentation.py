"""`docs/sandbox.md` names every option, rule, argument, command and shape, and no other."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields

import pytest

from tap_analytics.sandbox import Sandbox
from tap_analytics.sandbox.__main__ import parser
from tap_analytics.sandbox.actions import ACTIONS, Action
from tap_analytics.sandbox.control import COMMANDS
from tap_analytics.sandbox.data.time_formats import TIME_FORMATS
from tap_analytics.sandbox.edits import Edit
from tap_analytics.sandbox.live_edits import LiveEdits
from tap_analytics.sandbox.shapes import SHAPES
from tests.support.paths import ROOT

TEXT = (ROOT / "docs/sandbox.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """Return the cells of the tables of a section, without their heads."""
    section = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def words(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def test_every_option_of_the_command_line() -> None:
    options = {name for action in parser()._actions for name in action.option_strings}
    documented = {row[0].strip("`").split()[0] for row in table("Command line")}
    assert documented == options - {"-h", "--help"}


def test_every_argument_and_method_of_the_sandbox() -> None:
    arguments = set(inspect.signature(Sandbox).parameters)
    methods = {name for name in vars(Sandbox) if not name.startswith("_")} - {"close"}
    rows = table("In Python")
    named = set().union(*(words(row[0]) for row in rows))
    documented = {re.split(r"\W", name)[0] for name in named} - {""}
    assert documented == arguments | methods


@pytest.mark.parametrize(("name", "action"), ACTIONS.items())
def test_every_rule_with_its_arguments(name: str, action: Action) -> None:
    found = [row for row in table("Rules") if row[0] == f"`{name}`"]
    assert [row[2].rstrip(" |") for row in found] == [action.does]
    assert words(found[0][1]) == action.needs | action.takes


def test_no_rule_that_there_is_not() -> None:
    assert [row[0].strip("`") for row in table("Rules")] == [
        *(name for name, action in ACTIONS.items() if action.once),
        *(name for name, action in ACTIONS.items() if not action.once),
    ]


def test_every_part_of_an_edit_and_of_a_script() -> None:
    rules = TEXT.partition("## Rules")[2].partition("## Live")[0]
    assert {field.name for field in fields(Edit)} <= words(rules)
    script = {field.name for field in fields(LiveEdits)} - {"stream", "per_page"}
    assert {row[0].strip("`") for row in table("Live edits")} == script


def test_every_command_format_and_shape() -> None:
    assert set(COMMANDS) <= words(TEXT.partition("## Over HTTP")[2].partition("## Rules")[0])
    formats = set().union(*(words(row[0]) for row in table("Modification times")))
    assert formats == set(TIME_FORMATS)
    for row, (name, shape) in zip(table("Shapes of responses"), SHAPES.items(), strict=True):
        assert (row[0], row[1]) == (f"`{name}`", shape.like)
        assert words(row[2]) == {shape.parameter}
        assert words(row[3]) == set(shape.dialect.sizes)
        assert words(row[5]) == {shape.dialect.since}
