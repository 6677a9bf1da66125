"""Where a reading ends: only what is read by its bookmark ends before the end of a span."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.harness import Outcome

MOMENT = {"type": ["string", "null"], "format": "date-time"}
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}, "at": MOMENT}}
ROWS = [{"id": day, "at": f"2024-01-{day:02d}T00:00:00Z"} for day in range(1, 10)]
END = "2024-01-05T00:00:00Z"
TEXT = "{incremental.end_value}"


@pytest.fixture
def server() -> Iterator[JSONServer]:
    with JSONServer() as made:
        made.answer = lambda query: [
            row for row in ROWS if str(row["at"]) < query.get("until", query.get("to", "9"))
        ]
        yield made


def entry(name: str, endpoint: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # any key
    paged = {"paginator": "single_page", "data_selector": "$"}
    return {
        "name": name,
        "primary_key": "id",
        "schema": SCHEMA,
        "endpoint": {**paged, **(endpoint or {})},
        **more,
    }


def run(server: JSONServer, *entries: dict[str, Any], **settings: Any) -> Outcome:  # noqa: ANN401  # any setting
    return sync({"base_url": server.url, "resources": list(entries), **settings})


def activated(outcome: Outcome) -> list[str]:
    return [message["stream"] for message in outcome.of("ACTIVATE_VERSION")]


@pytest.mark.parametrize("by_setting", [True, False])
def test_the_parents_of_a_child_that_is_replaced_are_read_beyond_the_end(
    server: JSONServer,
    by_setting: bool,  # noqa: FBT001  # of pytest
) -> None:
    """Else the target would delete the children of those behind it."""
    end: dict[str, Any] = {} if by_setting else {"end_value": END}
    incremental = {"cursor_path": "at", "end_param": "until", **end}
    parent = {"id": {"type": "resolve", "resource": "things", "field": "id"}}
    outcome = run(
        server,
        entry("things", {"incremental": incremental}),
        entry(
            "kids",
            {"path": "/things/{id}/kids", "params": parent},
            write_disposition="replace",
            include_from_parent=["id"],
        ),
        **({"end_date": END} if by_setting else {}),
    )
    assert outcome.error is None
    parents = {record["_things_id"] for record in outcome.records("kids")}
    assert parents == {row["id"] for row in ROWS}
    assert activated(outcome) == ["kids"]


def test_a_stream_that_the_catalog_reads_in_full_is_read_beyond_the_end(
    server: JSONServer,
) -> None:
    incremental = {"cursor_path": "at", "end_param": "until", "end_value": END}
    config = {"base_url": server.url, "resources": [entry("things", {"incremental": incremental})]}
    stream = {
        "tap_stream_id": "things",
        "stream": "things",
        "schema": SCHEMA,
        "key_properties": ["id"],
        "replication_method": "FULL_TABLE",
        "metadata": [
            {
                "breadcrumb": [],
                "metadata": {"selected": True, "forced-replication-method": "FULL_TABLE"},
            }
        ],
    }
    outcome = sync(config, catalog={"streams": [stream]})
    assert len(outcome.records("things")) == len(ROWS)
    assert all("until" not in query for query in server.asked)


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        ({"params": {"to": TEXT}}, {"to": END}),
        ({"params": {"q": f"at<{TEXT}", "to": TEXT}}, {"q": f"at<{END}", "to": END}),
    ],
)
def test_an_end_in_a_text_is_filled_in_and_left_out_where_there_is_none(
    server: JSONServer, endpoint: dict[str, Any], asked: dict[str, str]
) -> None:
    for end in (END, None):
        given = {"cursor_path": "at", "start_format": "%Y-%m-%dT%H:%M:%SZ"}
        given |= {} if end is None else {"end_value": end}
        outcome = run(server, entry("things", {**endpoint, "incremental": given}))
        assert outcome.stream("things")["verdict"] == "proven"
        assert len(outcome.records("things")) == (9 if end is None else 4)
        assert server.asked[-1] == ({} if end is None else asked)


def test_an_end_in_a_path_is_filled_in(server: JSONServer) -> None:
    given = {"cursor_path": "at", "end_value": END, "start_format": "%Y-%m-%dT%H:%M:%SZ"}
    outcome = run(server, entry("things", {"path": f"/until/{TEXT}", "incremental": given}))
    assert outcome.error is None
    assert len(outcome.records("things")) == 4


@pytest.mark.parametrize("kind", ["integer", "string"])
def test_a_span_of_times_is_refused_where_the_key_is_no_time(server: JSONServer, kind: str) -> None:
    incremental = {"cursor_path": "at"}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "at": {"type": kind}}}
    outcome = run(
        server,
        entry("things", {"incremental": incremental}, schema=schema),
        start_date="2024-01-02T00:00:00Z",
        end_date=END,
    )
    assert "`end_date` is a date-time, and the replication key `at` is none" in str(
        outcome.stream("things")["error"]
    )
    assert server.asked == []
