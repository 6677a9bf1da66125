"""How names from outside are told, and which of them a target takes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.records.names import (
    MOST_COUNTED,
    OTHERS,
    SHOWN_LENGTH,
    count_names,
    listed,
    problem_for_targets,
    shown,
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Name", "Name"),
        ("日本 é", "日本 é"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("\x1b[31mred\x07\x9b", "\\x1b[31mred\\x07\\x9b"),
        ("left\u202eright\u2066", "left\\u202eright\\u2066"),
        ("line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"),
        ("half \ud83d", "half \\ud83d"),
        ("nul \0", "nul \\x00"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_a_name_is_told_on_one_line_without_commands_and_cut(text: str, told: str) -> None:
    assert shown(text) == told


@given(st.text(st.characters()))
def test_whatever_comes_is_told_in_characters_that_can_be_seen_and_not_too_many(text: str) -> None:
    told = shown(text)
    assert told.isprintable()
    assert len(told) <= SHOWN_LENGTH * len("\\U0010ffff")


def test_a_few_names_are_listed_and_the_others_counted() -> None:
    assert listed(["a", "b\n"]) == "`a`, `b\\n`"
    assert listed([str(n) for n in range(10_000)], 2) == "`0`, `1` and 9,998 more"


def test_what_a_target_cannot_take_is_said_in_words() -> None:
    names = ["", "a'b", "a\tb", "x" * 64, "fine name"]
    assert [problem_for_targets(name) for name in names] == [
        "is blank",
        "has a quote in it",
        "has a character in it that cannot be seen",
        "is longer than 63 bytes",
        None,
    ]


def test_names_are_counted_each_until_there_are_too_many() -> None:
    counts: Counter[str] = Counter()
    for _ in range(2):
        count_names(counts, [str(n) for n in range(MOST_COUNTED)])
    assert (len(counts), counts["999"], OTHERS in counts) == (MOST_COUNTED, 2, False)
    count_names(counts, ["new", "0"])
    count_names(counts, ["newer"])
    assert (len(counts), counts["0"], counts[OTHERS]) == (MOST_COUNTED, 3, 4)


def test_the_module_needs_nothing_but_the_standard_library() -> None:
    """Any module of the tap can use it, so it may use none."""
    script = (
        "import importlib.util, sys;"
        "spec = importlib.util.spec_from_file_location('names', sys.argv[1]);"
        "spec.loader.exec_module(importlib.util.module_from_spec(spec));"
        "sys.exit(any(name.split('.')[0] not in sys.stdlib_module_names | {'__main__'} "
        "and not name.startswith('_') for name in sys.modules.keys() - {'names'}))"
    )
    source = sys.modules["tap_analytics.records.names"].__file__
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script, str(source)], check=False)
    assert done.returncode == 0
