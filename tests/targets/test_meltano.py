"""The Meltano project: what it declares, what two runs leave in DuckDB, and what state is kept."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import tap_analytics
from tap_analytics.config import settings_schema
from tap_analytics.config.validation import validate
from tap_analytics.sandbox import Sandbox
from tap_analytics.tap import TapAnalytics
from tests.support.paths import ROOT
from tests.support.streams import STREAMS
from tests.support.warehouse import differences, expected, stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.meltano import Project

PROJECT = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
TAP, *CONNECTIONS = PROJECT["plugins"]["extractors"]


def declared(name: str) -> dict[str, Any]:
    """Return the tap's own words on one of its settings."""
    setting: dict[str, Any] = settings_schema.SETTINGS["properties"][name]
    return setting


def own_settings() -> list[dict[str, Any]]:
    """Return the settings in meltano.yml that are not the SDK's."""
    return [
        setting
        for setting in TAP["settings"]
        if setting["name"] in settings_schema.SETTINGS["properties"]
    ]


def test_meltano_knows_every_setting_of_the_tap() -> None:
    program = "from tap_analytics.tap import TapAnalytics; TapAnalytics.cli()"
    about = subprocess.run(
        [sys.executable, "-c", program, "--about", "--format=json"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    names = set(json.loads(about.stdout)["settings"]["properties"])
    # Made-up values need a library that the tap does not bring.
    assert {setting["name"] for setting in TAP["settings"]} == names - {"faker_config"}


def test_meltano_and_the_tap_describe_a_setting_in_the_same_words() -> None:
    for setting in own_settings():
        words = declared(setting["name"])
        assert (setting["label"], setting["description"]) == (words["title"], words["description"])
        assert setting.get("sensitive", False) == words.get("secret", False), setting["name"]


def test_meltano_and_the_tap_agree_on_what_a_setting_takes() -> None:
    # Meltano cannot hand on a `decimal`: it fails to write it as JSON.
    kinds = {"number": "integer"}
    for setting in own_settings():
        words = declared(setting["name"])
        choices = [choice for choice in words.get("enum", []) if choice is not None]
        assert [option["value"] for option in setting.get("options", [])] == choices
        if setting["kind"] == "date_iso8601":
            assert setting["name"].endswith("_date")
        elif setting["kind"] == "options":
            assert choices
        else:
            assert setting["kind"] == kinds.get(words["type"][0], words["type"][0])


def test_meltano_and_the_tap_agree_on_what_the_tap_can_do() -> None:
    assert set(TAP["capabilities"]) == {str(ability.value) for ability in TapAnalytics.capabilities}


def test_the_first_selection_changes_nothing_else_in_the_file(tmp_path: Path) -> None:
    """The file stands in the order and in the quotes in which Meltano writes it."""
    before = (ROOT / "meltano.yml").read_text(encoding="utf-8")
    (tmp_path / "meltano.yml").write_text(before, encoding="utf-8")
    meltano = Path(sys.executable).parent / "meltano"
    subprocess.run(
        [meltano, "select", "tap-analytics", "buyers", "id"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if "MELTANO" not in name},
        capture_output=True,
        check=True,
    )
    after = (tmp_path / "meltano.yml").read_text(encoding="utf-8")
    changes = difflib.ndiff(before.splitlines(), after.splitlines())
    assert [line for line in changes if line[0] in "+-"] == ["+     select:", "+     - buyers.id"]


def test_there_is_a_connection_for_each_api() -> None:
    assert {connection["name"]: connection["config"] for connection in CONNECTIONS} == {
        f"tap-analytics--{api}": {"api": api} for api in settings_schema.APIS
    }
    assert {connection["inherit_from"] for connection in CONNECTIONS} == {"tap-analytics"}


def test_the_example_environment_names_only_settings_that_exist() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    names = re.findall(r"^(?:# )?TAP_ANALYTICS_([A-Z_]+)=", text, re.MULTILINE)
    assert {"BASE_URL", "TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET", "ACCESS_TOKEN"} <= set(names)
    assert {name.lower() for name in names} <= set(settings_schema.SETTINGS["properties"])


def test_the_example_environment_works_once_the_credentials_are_filled_in() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    pairs = re.findall(r"^TAP_ANALYTICS_([A-Z_]+)=(.*)$", text, re.MULTILINE)
    config = {name.lower(): value or "filled in" for name, value in pairs}
    assert validate(config) == []


def schema(stream: str) -> dict[str, Any]:
    """Return the schema of a stream."""
    path = Path(tap_analytics.__file__).parent / "schemas" / f"{stream}.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def connection(api: Sandbox) -> dict[str, str]:
    """The environment that connects the tap to a sandbox."""
    return {
        "TAP_ANALYTICS_BASE_URL": api.base_url,
        "TAP_ANALYTICS_TOKEN_URL": api.token_url("marketplace"),
        "TAP_ANALYTICS_CLIENT_ID": api.client_id,
        "TAP_ANALYTICS_CLIENT_SECRET": api.client_secret,
    }


@pytest.mark.dear
def test_two_runs_leave_in_duckdb_every_row_and_cell_that_the_server_holds(
    project: Project,
) -> None:
    database = project.directory / "output" / "warehouse.duckdb"
    with Sandbox(rows=dict.fromkeys(STREAMS, 130)) as sandbox:
        environment = connection(sandbox) | {"TARGET_DUCKDB_BATCH_SIZE_ROWS": "60"}

        def run_and_compare() -> str:
            log = project.run(
                "--environment=prod", "run", "tap-analytics", "target-duckdb", **environment
            )
            for stream in STREAMS:
                (key,) = schema(stream)["required"]
                wanted = expected(sandbox.rows(stream), schema(stream))
                assert differences(stored(database, stream, key), wanted) == [], stream
            return log

        checked = project.run("--environment=prod", "invoke", "tap-analytics:check", **environment)
        assert "A full run sends about" in checked
        assert "It works" in checked
        first = run_and_compare()
        before = len(sandbox.requests)
        for stream in STREAMS:
            sandbox.touch(stream, 0, 120)
            sandbox.insert(stream, None)
        second = run_and_compare()

        asked = [request for request in sandbox.requests[before:] if request.stream == "buyers"]
        assert asked
        assert all("last_modified_at_after" in request.query for request in asked)
        for log in (first, second):
            assert sandbox.client_secret not in log


@pytest.fixture
def small() -> Iterator[Sandbox]:
    with Sandbox(rows=dict.fromkeys(STREAMS, 30)) as api:
        yield api


@pytest.mark.dear
def test_meltano_keeps_the_state_over_runs_into_target_jsonl_with_nothing_new(
    small: Sandbox, project: Project
) -> None:
    """And the report bears Meltano's name of the extractor."""
    settings = connection(small) | {
        "TAP_ANALYTICS_REPORT_PATH": str(project.directory / "output" / "{name}.json"),
    }

    def run(times: int) -> object:
        """Run the pipeline so many times, and return the state that Meltano keeps then."""
        pipelines = ("tap-analytics", "target-jsonl") * times
        project.run("--environment=prod", "run", *pipelines, **settings)
        shown = project.run("state", "get", "prod:tap-analytics-to-target-jsonl")
        return json.loads(shown[shown.index("{") :])

    held = run(1)
    assert "replication_key_value" in json.dumps(held)
    before = len(small.requests)
    assert run(2) == held
    asked = [each.query for each in small.requests[before:] if each.stream == "buyers"]
    assert len(asked) >= 2
    # Had one of the runs lost the state, the next would have read all from the beginning.
    assert all("last_modified_at_after" in query for query in asked)
    report = json.loads((project.directory / "output" / "tap-analytics.json").read_text("utf-8"))
    assert (report["name"], report["verdict"]) == ("tap-analytics", "proven")
