"""Fields of any name, over HTTP: what is told of them is plain, and no value is lost."""

from __future__ import annotations

import itertools

import pytest

from tap_analytics.records.names import problem_for_targets
from tap_analytics.sandbox import Sandbox
from tests.support.hostile import BLANK, PIECES, STATEMENTS
from tests.support.shapes import read_shape
from tests.support.strings import strings

NAMES = ["".join(PIECES[at : at + 6]) for at in range(0, len(PIECES), 6)]
NAMES += [*BLANK, *STATEMENTS, "a.b", "a[0].b", "quantity (invalid)", "x" * 5000]
DECLARED = [name for name in dict.fromkeys(NAMES) if problem_for_targets(name) is None]


def loadable(name: str) -> str:
    """A name without what no target can load."""
    return name.replace("\0", "")


@pytest.mark.parametrize("name", DECLARED, ids=itertools.count())
def test_a_value_that_a_field_of_any_name_cannot_hold_is_kept_and_told_plainly(name: str) -> None:
    schema = {"properties": {"id": {"type": "string"}, name: {"type": ["integer", "null"]}}}
    with Sandbox(rows={"items": 3}) as api:
        api.alter("items", 1, fields={name: f"A700 {name}"})
        outcome = read_shape(api, "django_rest", data_selector="results", schema=schema)
        assert outcome.stream("items")["verdict"] == "proven"
        kept = [row.get("additional_properties") or {} for row in outcome.records("items")]
        assert loadable(f"A700 {name}") in [each.get(name) for each in kept]
        assert all(text.isprintable() for text in [*outcome.log, *strings(outcome.report)])


def test_unknown_fields_of_any_name_are_kept_and_told_plainly_where_they_came_for_the_key() -> None:
    names = [*dict.fromkeys(map(loadable, NAMES))]
    with Sandbox(rows={"items": 2}) as api:
        api.alter("items", 0, fields={name: f"value of {name}" for name in names})
        api.alter("items", 1, remove=["id"], fields=dict.fromkeys(names, "in place of a key"))
        outcome = read_shape(api, "django_rest", data_selector="results")
        (sent,) = outcome.records("items")
        aside = sent["additional_properties"]
        assert {name: aside.get(name) for name in names} == {
            name: loadable(f"value of {name}") for name in names
        }
        (reason,) = outcome.stream("items")["reasons"]
        assert "without its key" in reason
        assert all(text.isprintable() for text in [*outcome.log, *strings(outcome.report)])
