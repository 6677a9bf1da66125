"""`init-resource`: what it prints, pasted into `resources`, reads the whole resource."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tap_analytics.init_resource import command
from tap_analytics.sandbox import Sandbox
from tests.support.declarations import SOURCE_OF, SOURCES, declared
from tests.support.harness import by_token, sync
from tests.support.init_resource import ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    """One that no test changes; a sample of it ends before its last page."""
    with Sandbox(rows=dict.fromkeys(SOURCES, 130) | {"events": 130}) as sandbox:
        yield sandbox


@pytest.fixture
def connection(api: Sandbox) -> dict[str, Any]:
    return by_token(api)


PROPOSED: dict[str, dict[str, Any]] = {
    # Where it stands in words it is right for dlt, too, which counts from 0.
    "numbered": {
        "type": "page_number",
        "limit_param": "page_size",
        "page_param": "page",
        "base_page": 1,
    },
    "offset_of_a_total": {
        "type": "offset",
        "limit_param": "page_size",
        "offset_param": "offset",
        "total_path": "total",
    },
    "offset_alone": {"type": "offset", "limit_param": "page_size", "offset_param": "offset"},
    "cursor_in_the_body": {
        "type": "cursor",
        "limit_param": "page_size",
        "cursor_path": "meta.paging.next_cursor",
        "cursor_param": "cursor",
    },
    "cursor_in_a_header": {
        "type": "cursor",
        "limit_param": "page_size",
        "cursor_key": "X-Next-Cursor",
        "cursor_param": "cursor",
    },
    "link_in_a_header": {"type": "header_link", "limit_param": "page_size"},
    "link_in_the_body": {
        "type": "json_link",
        "limit_param": "page_size",
        "next_url_path": "links.next",
    },
    # A run finds out by itself that there is no second page; nobody sees that there never is one.
    "one_page": {},
}


@pytest.mark.parametrize("name", PROPOSED)
def test_what_it_prints_reads_the_whole_resource(
    api: Sandbox, connection: dict[str, Any], tmp_path: Path, name: str
) -> None:
    path = declared(name)["endpoint"]["path"]
    ended = ask(tmp_path, connection, "--path", path, "--name", name)
    assert ended.exit_code == 0, ended.output
    setting = yaml.safe_load(ended.stdout)
    (entry,) = setting["resources"]
    limit = {} if name == "one_page" else {"limit": 100}
    assert entry["endpoint"].get("paginator", {}) == PROPOSED[name] | limit
    assert entry["write_disposition"] == "merge"
    outcome = sync({**connection, **setting}, name)
    assert outcome.stream(name)["verdict"] == "proven"
    key = entry["primary_key"]
    # In another order where one was found; where times come in several forms, windows give way to
    # pages, and records go out twice.
    rows = api.rows(SOURCE_OF[name])
    assert {r[key] for r in outcome.records(name)} == {r[key] for r in rows}


def test_it_says_how_sure_it_is_of_each_proposal(
    connection: dict[str, Any], tmp_path: Path
) -> None:
    ended = ask(tmp_path, connection, "--path", "/v1/invoices", "--api", "accounting")
    lines = ended.stdout.splitlines()
    said: dict[str, str] = {}
    about = ""
    for line in reversed(lines):
        if line.strip().startswith("#"):
            # The first of several notes, which says how sure the value itself is.
            said[about] = line.strip()
        else:
            about = line.strip().partition(":")[0]
    assert said == {
        "primary_key": "# certain: `InvoiceID` is present and different in all 60 sample records",
        "key_order_param": (
            "# certain: `order=InvoiceID` and `order=InvoiceID DESC` brought the two ends of the "
            "list, each in its order"
        ),
        "data_selector": "# certain: the one list of objects in the response",
        "path": "# certain: the API's own paginator: its second page has other records",
        "- {name": "# Streams of the same API; without these lines they are read, too.",
        "incremental": (
            "# likely: the API's own way, and `UpdatedDateUTC` is a date-time in every record, "
            "named for the last change"
        ),
        "schema": "# likely: inferred from 60 records",
    }
    entry, *others = yaml.safe_load(ended.stdout)["resources"]
    assert "paginator" not in entry["endpoint"]
    assert others == [
        {"name": name, "selected": False} for name in ("bank_transactions", "contacts")
    ]
    assert entry["name"] == "invoices"
    assert entry["api"] == "accounting"
    incremental = {
        "cursor_path": "UpdatedDateUTC",
        "start_header": "If-Modified-Since",
        "order_param": "order",
        "order_value": "UpdatedDateUTC",
        "order_value_desc": "UpdatedDateUTC DESC",
    }
    assert entry["endpoint"]["incremental"] == incremental


def test_records_without_a_key_are_appended(
    api: Sandbox, connection: dict[str, Any], tmp_path: Path
) -> None:
    arguments = ("--path", "/v2/events", "--page-size", "40", "--format", "json")
    ended = ask(tmp_path, connection, *arguments)
    setting = json.loads(ended.stdout)
    (entry,) = setting["resources"]
    assert entry["write_disposition"] == "append"
    assert "primary_key" not in entry
    assert entry["endpoint"]["paginator"]["limit"] == 40
    outcome = sync({**connection, **setting}, "events")
    assert len(outcome.records("events")) == len(api.rows("events"))


def test_parameters_and_a_selector_can_be_given(
    api: Sandbox, connection: dict[str, Any], tmp_path: Path
) -> None:
    buyer = api.rows("contracts")[0]["buyer_id"]
    arguments = ("--path", "/buyers/{buyer}/contracts", "--param", f"buyer={buyer}")
    ended = ask(tmp_path, connection, *arguments, "--name", "mine", "--data-selector", "results")
    assert ended.exit_code == 0, ended.output
    setting = yaml.safe_load(ended.stdout)
    assert setting["resources"][0]["endpoint"]["params"] == {"buyer": buyer}
    ids = [record["id"] for record in sync({**connection, **setting}, "mine").records("mine")]
    assert ids == [row["id"] for row in api.rows("contracts") if row["buyer_id"] == buyer]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--path", "/nowhere"], "nowhere: GET /nowhere, returned 404"),
        (["--path", "/v2/buyers"], "`buyers` is a built-in stream"),
        (["--path", "https://example.com/x"], "must be a path on the API's own host"),
        (["--path", "/v2/{id}"], "`{id}` has no value"),
        (["--path", "/v2/events", "--data-selector", "x"], "has no list of objects at `x`; it has"),
        (["--path", "/v2/events", "--param", "x"], "--param 'x' must look like KEY=VALUE."),
        (["--path", "/v2/events", "--param", "page=99"], "the list at `events` is empty"),
        (["--path", "/v2/events", "--name", "--"], "must have a letter or a digit in it"),
    ],
)
def test_what_keeps_it_from_an_entry_is_a_sentence(
    connection: dict[str, Any], tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    ended = ask(tmp_path, connection, *arguments)
    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert "Error: " in ended.stderr
    assert sentence in ended.stderr


def test_it_is_part_of_the_executable_and_takes_the_environment(api: Sandbox) -> None:
    """Without a connection it says everything that is missing."""
    kept = {name: value for name, value in os.environ.items() if "TAP_ANALYTICS" not in name}
    given = {"TAP_ANALYTICS_BASE_URL": api.base_url, "TAP_ANALYTICS_ACCESS_TOKEN": api.mint_token()}
    program = [sys.executable, "-m", "tap_analytics", "init-resource", "--path", "/v2/settings"]

    def run(environment: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
        command = [*program, *more]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=environment
        )

    ended = run(kept | given)
    assert ended.returncode == 0, ended.stderr
    assert yaml.safe_load(ended.stdout)["resources"][0]["name"] == "settings"
    # An open API is not told that its token is missing; a built-in one is.
    assert "no credentials" not in run(kept).stderr
    refused = run(kept, "--api", "accounting")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "`base_url` is missing" in refused.stderr
    assert "There are no credentials: set `access_token`" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_response_that_is_nested_too_deeply_is_told_in_a_sentence(tmp_path: Path) -> None:
    with Sandbox(rows={"items": 5}) as sandbox:
        sandbox.fault("deep_json", stream="items", times=9)
        ended = ask(tmp_path, by_token(sandbox), "--path", "/shapes/from_1")
    assert ended.exit_code == 1
    error = ended.stderr.splitlines()[-1]
    assert error.endswith(
        "/shapes/from_1, cannot be read: the JSON is nested too deeply to be read."
    )


def test_a_failure_that_nobody_foresaw_is_told_in_a_sentence(
    connection: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        message = f"at {connection['access_token']}"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(command, "say_fields", fail)
    ended = ask(tmp_path, connection, "--path", declared("numbered")["endpoint"]["path"])
    assert ended.exit_code == 1
    assert isinstance(ended.exception, SystemExit)
    assert "could not be read: ZeroDivisionError: at ***. The tap does not" in ended.stderr
