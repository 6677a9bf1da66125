"""Without a schema, discovery infers one from a sample; a sync with a catalog infers nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.check.checks import check
from tap_analytics.sandbox import Sandbox
from tap_analytics.tap import TapAnalytics
from tests.support.declarations import declared, entry
from tests.support.harness import only, sync
from tests.support.small_api import SmallAPI, resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def api() -> Iterator[Sandbox]:
    with Sandbox(rows={"buyers": 55, "settings": 12}, edge_cases=False) as sandbox:
        yield sandbox


def config_for(api: Sandbox, *names: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401
    resources = [entry(name, schema=None) for name in names]
    return {
        "base_url": api.base_url,
        "access_token": api.mint_token(),
        "resources": resources,
        **settings,
    }


def schema_of(config: dict[str, Any], name: str) -> dict[str, Any]:
    catalog = TapAnalytics(config=config).catalog_dict
    found: dict[str, Any] = next(s for s in catalog["streams"] if s["tap_stream_id"] == name)
    return dict(found["schema"])


@pytest.mark.parametrize(("size", "pages"), [(25, 3), (30, 3), (500, 6)])
def test_a_sample_is_no_larger_than_asked_for(api: Sandbox, size: int, pages: int) -> None:
    """The fields that only the record behind the sample has are not in the schema."""
    api.touch("buyers", size if size < 55 else 0, seen_late=1)
    schema = schema_of(config_for(api, "offset_of_a_total", sample_size=size), "offset_of_a_total")
    assert len([request for request in api.requests if request.stream]) == pages
    assert ("seen_late" in schema["properties"]) == (size == 500)
    assert schema["properties"]["id"] == {"type": "string"}
    assert schema["required"] == ["id"]


def test_with_a_catalog_nothing_is_sampled(api: Sandbox) -> None:
    config = config_for(api, "one_page", "offset_of_a_total")
    catalog = only("one_page", config=config)
    before = len(api.requests)
    tap = TapAnalytics(config=config, catalog=catalog)
    assert tap.streams["one_page"].schema["properties"].keys() >= {"id", "name", "value"}
    assert len(api.requests) == before


def test_what_a_catalog_leaves_out_is_not_sampled(api: Sandbox) -> None:
    catalog = only("one_page", config=config_for(api, "one_page"))
    before = len(api.requests)
    tap = TapAnalytics(config=config_for(api, "one_page", "offset_of_a_total"), catalog=catalog)
    assert not tap.streams["offset_of_a_total"].selected
    assert len(api.requests) == before


def test_a_sync_with_an_inferred_schema_sends_every_field_in_its_own_column(api: Sandbox) -> None:
    """A setting's value is now text, now a number: the column is text."""
    outcome = sync(config_for(api, "one_page"), "one_page")
    rows = [{**row, "value": json.dumps(row["value"]).strip('"')} for row in api.rows("settings")]
    assert outcome.records("one_page") == rows


def test_awkward_values_get_types_that_every_target_takes(api: Sandbox) -> None:
    first: dict[str, Any] = {
        "score": 1,
        "mixed": "a",
        "long": 2**70,
        "empty": {},
        "none": [],
        "moment": "/Date(5)/",
    }
    other: dict[str, Any] = {
        "score": 2.5,
        "mixed": 3,
        "long": 1,
        "empty": {},
        "none": [],
        "moment": "2024-01-02T03:04Z",
    }
    api.touch("buyers", 0, **first, never=None, day="2024-01-02", nested={"a": [{"b": 1}]})
    api.touch("buyers", 1, **other, Score=9)
    properties = schema_of(config_for(api, "offset_of_a_total"), "offset_of_a_total")["properties"]
    assert {name: properties[name] for name in (*first, "never", "day", "nested")} == {
        "score": {"type": ["number", "null"]},
        "mixed": {"type": ["string", "null"]},
        "long": {"type": ["string", "null"]},
        "empty": {"type": ["object", "null"], "properties": {}},
        "none": {"type": ["array", "null"], "items": {"type": ["string", "null"]}},
        "moment": {"type": ["string", "null"], "format": "date-time"},
        "never": {"type": ["string", "null"]},
        "day": {"type": ["string", "null"]},
        "nested": {
            "type": ["object", "null"],
            "properties": {
                "a": {
                    "type": ["array", "null"],
                    "items": {
                        "type": ["object", "null"],
                        "properties": {"b": {"type": ["integer", "null"]}},
                    },
                }
            },
        },
    }
    assert "Score" not in properties
    outcome = sync(config_for(api, "offset_of_a_total"), "offset_of_a_total")
    by_id = {record["id"]: record for record in outcome.records("offset_of_a_total")}
    record = next(r for r in by_id.values() if (r.get("additional_properties") or {}).get("Score"))
    assert (record["mixed"], str(record["score"]), record["long"]) == ("3", "2.5", "1")
    assert record["moment"] == "2024-01-02T03:04:00.000000Z"


def test_a_key_that_no_sample_record_has_is_said(
    api: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_for(api, "one_page")
    config["resources"][0]["primary_key"] = "ident"
    schema_of(config, "one_page")
    said = "one_page: none of 12 sample records has `ident`, which is to be its key or replication"
    assert said in caplog.text


def test_a_sample_that_cannot_be_read_ends_discovery_and_sync_in_a_sentence(
    api: Sandbox, tmp_path: Path
) -> None:
    config = config_for(api, "one_page")
    config["resources"][0]["endpoint"]["path"] = "/nowhere"
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config), "utf-8")
    for more in (["--discover"], []):
        ended = tap("--config", str(file), *more)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "one_page: GET /nowhere, first page, returned 404" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_inference_works_offline_in_the_built_in_sandbox(tmp_path: Path) -> None:
    resources = [{"name": "rules", **declared("one_page")}]
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"sandbox": True, "resources": resources}), "utf-8")
    ended = tap("--config", str(file), "--discover")
    assert ended.returncode == 0, ended.stderr
    (found,) = [s for s in json.loads(ended.stdout)["streams"] if s["tap_stream_id"] == "rules"]
    names = {"id", "name", "value", "updated_on", "_row_hash", "additional_properties"}
    assert set(found["schema"]["properties"]) == names


def test_every_mistake_is_said_at_once_before_the_first_request(
    api: Sandbox, tmp_path: Path
) -> None:
    config = config_for(api, "one_page", "offset_alone", "one_page")
    config["resources"][0]["endpoint"]["data_selecter"] = "x"
    config["resources"][1]["endpoint"]["paginator"]["limit"] = "many"
    config["resources"] += [
        {"name": "lost", "endpoint": "/{resources.nobody.id}/x"},
        {"name": "a", "endpoint": "/{resources.b.id}/x"},
        {"name": "b", "endpoint": "/{resources.a.id}/x"},
    ]
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config), "utf-8")
    ended = tap("--config", str(file))
    assert (ended.returncode, ended.stdout, api.requests) == (1, "", [])
    for sentence in (
        "resources[0].endpoint: unknown key `data_selecter`: did you mean `data_selector`?",
        "resources[1].endpoint.paginator.limit must be a whole number, not text.",
        "resources[2].name: `one_page` is used twice: resources[0] has this name already.",
        "resources[3]: there is no resource `nobody` to take values from:",
        "resources: `a` -> `b` -> `a` is a cycle of parents",
    ):
        assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def tap(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "tap_analytics", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Maintained:
    """An API of two lists, one of which may be out of order for a while."""

    def __init__(self) -> None:
        """Begin out of order."""
        self.broken = True

    def __call__(self, path: str, _: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        """Respond with a list, or with an error."""
        if path == "/bad" and self.broken:
            return 400, {"error": "maintenance"}
        return {"data": [{"id": 1, "name": path}]}


@pytest.fixture
def lists() -> tuple[dict[str, Any], ...]:
    bad, good = resource("bad"), resource("good")
    params = {"it": {"type": "resolve", "resource": "bad", "field": "id"}}
    return bad, resource("kids", "/kids/{it}", params=params), good


def test_a_stream_that_cannot_be_sampled_is_no_other_streams_trouble(
    lists: tuple[dict[str, Any], ...],
) -> None:
    with SmallAPI(Maintained()) as api:
        outcome = api.read(*lists)
    assert outcome.records("good") == [{"id": 1, "name": "/good"}]
    assert outcome.stream("good")["verdict"] == "proven"
    assert {message["stream"] for message in outcome.of("SCHEMA")} == {"good"}
    assert outcome.stream("bad")["status"] == outcome.report["status"] == "failed"
    assert "bad: GET /bad, first page, returned 400" in outcome.stream("bad")["error"]


def test_a_catalog_has_a_stream_that_could_not_be_sampled_and_each_run_samples_it(
    lists: tuple[dict[str, Any], ...], tmp_path: Path
) -> None:
    answer = Maintained()
    file = tmp_path / "config.json"
    with SmallAPI(answer) as api:
        file.write_text(json.dumps({"base_url": api.url, "resources": lists}), "utf-8")
        ended = tap("--config", str(file), "--discover")
        catalog = json.loads(ended.stdout)
        assert ended.returncode == 0
        assert "bad: its fields are not in the catalog, each run looks for them" in ended.stderr
        assert "GET /bad, first page, returned 400" in ended.stderr
        during = api.read(*lists, catalog=catalog)
        answer.broken = False
        after = api.read(*lists, catalog=catalog)
    assert (during.stream("bad")["status"], during.stream("good")["status"]) == (
        "failed",
        "succeeded",
    )
    assert after.report["status"] == "succeeded"
    assert after.records("bad") == [{"id": 1, "name": "/bad"}]
    assert after.records("kids") == [{"id": 1, "name": "/kids/1", "_bad_id": 1}]
    for message in after.of("SCHEMA"):
        assert "name" in message["schema"]["properties"]
        assert "description" not in message["schema"]


def test_check_tells_of_a_stream_that_could_not_be_sampled(
    lists: tuple[dict[str, Any], ...],
) -> None:
    with SmallAPI(Maintained()) as api:
        findings = check(TapAnalytics, {"base_url": api.url, "resources": [*lists]}, None)
    assert {each.name: each.result for each in findings.streams}["good"] != "failed"
    for each in findings.streams:
        assert each.name == "good" or each.result == "failed"
