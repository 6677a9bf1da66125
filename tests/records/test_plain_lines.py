"""Names and texts from outside, at every place where a message can hold them: text on one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from singer_sdk.exceptions import ConfigValidationError

from tap_analytics.config.validation import validate
from tap_analytics.init_resource.entry import ResourceEntry
from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.record_finder import FindingExtractor
from tap_analytics.streams.catalog_check import check_catalog
from tests.support.harness import WORKS, connected, sync
from tests.support.one_stream import read
from tests.support.strings import strings

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.support.harness import Outcome

ODD = "a\x1b[2J\x00b\r\nc\u202ed\u2028e\x85"
"""An escape sequence, NUL, line ends of four kinds, and a mark that turns text round."""


def plain(outcome: Outcome) -> bool:
    """Whether nothing of it is left in the log and the report."""
    texts = [*outcome.log, *strings(outcome.report)]
    return all(text.isprintable() for text in texts)


PLACES: dict[str, dict[str, Any]] = {
    "body": {"action": "status", "code": 400, "body": ODD},
    "field": {"action": "inject", "field": ODD, "json": "1"},
    "invalid value": {"action": "inject", "field": "last_modified_at", "json": json.dumps(ODD)},
    "key": {"action": "inject", "field": "id", "json": json.dumps(ODD)},
    "missing key": {"action": "inject", "field": "id", "json": "null"},
    "envelope": {"action": "status", "code": 200, "body": json.dumps({ODD: ODD})},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_response_says_nothing_to_a_terminal(sandbox: Sandbox, place: str) -> None:
    sandbox.fault(stream="buyers", page=2, times=99, **PLACES[place])
    resources = [{"name": "buyers", "endpoint": {"params": {"q": "1"}}}]
    outcome = read(connected(sandbox, resources=resources))
    assert plain(outcome)
    assert outcome.log


def test_names_of_a_configuration_say_nothing_to_a_terminal(sandbox: Sandbox) -> None:
    for config in (
        {ODD: 1},
        {"error_handler": {ODD: 1}},
        {"headers": {ODD: "x"}},
        {"report_path": f"{{{ODD}}}"},
        {"api": ODD},
        {"resources": [{"name": "buyers", ODD: 1}]},
        {"resources": [{"name": "x", "endpoint": {"params": {ODD: {"type": ODD}}}}]},
        {"resources": [{"name": "x", "endpoint": {"path": f"{{{ODD}}}"}}]},
        {"resources": [{"name": "x", "endpoint": {"paginator": {"type": ODD}}}]},
        {"client": {"auth": {"type": ODD}}},
    ):
        with pytest.raises(ConfigValidationError) as refused:
            sync(connected(sandbox) | config)
        assert refused.value.errors
        assert all(problem.isprintable() for problem in refused.value.errors), config


def test_names_of_a_catalog_say_nothing_to_a_terminal() -> None:
    root = {"breadcrumb": [], "metadata": {"replication-method": ODD, "replication-key": ODD}}
    entry = {"metadata": [root], "schema": {"properties": {"id": {}}}}
    streams = [{"tap_stream_id": name, **entry} for name in ("buyers", ODD)]
    found = check_catalog({"streams": streams}, ["buyers"])
    assert len(found.problems + found.warnings) == 3
    assert all(sentence.isprintable() for sentence in found.problems + found.warnings)


def test_an_entry_for_resources_is_yaml_that_no_terminal_obeys() -> None:
    entry = ResourceEntry("odd")
    schema = {"type": "object", "properties": {ODD: {"type": "string", "enum": [ODD]}}}
    entry.set(("endpoint",), "data_selector", ODD, "certain", ODD)
    entry.set((), "primary_key", ODD)
    entry.set((), "schema", schema, "likely", ODD)
    entry.comment(("endpoint",), ODD)
    written = entry.as_yaml()
    assert all(line.isprintable() for line in written.split("\n"))
    assert yaml.safe_load(written) == entry.setting()


def test_ten_thousand_unknown_names_are_counted(sandbox: Sandbox) -> None:
    many = {f"unknown {number}": number for number in range(10_000)}
    (*named, counted) = validate(WORKS | many)
    assert len(named) == 5
    assert counted.startswith("9,995 more unknown settings: `unknown 1001`, ")
    (*named, counted) = validate(WORKS | {"error_handler": many})
    assert len(named) == 5
    assert counted.startswith("error_handler: 9,995 more unknown keys: ")

    text = json.dumps({"results": [{"id": "1", **many}], "count": 1, "next": None})
    sandbox.fault("status", stream="buyers", code=200, body=text, times=99)
    outcome = read(connected(sandbox))
    assert sum(map(len, outcome.log)) < 10_000
    unknown = outcome.stream("buyers")["unknown_fields"]
    assert sum(unknown.values()) == 10_000
    assert len(unknown) <= 1_001


def test_what_a_first_response_is_found_to_hold_is_told_on_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The loggers below the tap's own are not reached by its filter."""
    caplog.set_level("INFO")
    finder = FindingExtractor("items")
    assert finder.records(JSONBody(json.dumps({ODD: [{"id": 1}]}).encode())).count == 1
    (told,) = caplog.messages
    assert told.startswith("items: no `data_selector` is named: records are taken from `$['a")
    assert told.isprintable()
