"""A first run is asked for its sample as it is asked for its records: no request is made twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.compatibility.cases import CASES, SINCE
from tests.support.compatibility.endpoints import respond
from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

FROM = "GET /since since=2024-01-19T23:59:59Z"
LATE = "2030-01-01T00:00:00Z"


def changes(**incremental: Any) -> dict[str, Any]:  # noqa: ANN401 -- any key of `incremental`
    endpoint = {
        "path": "since",
        "paginator": "single_page",
        "incremental": {"cursor_path": "updated_at", "start_param": "since", **incremental},
    }
    return {"name": "rows", "primary_key": "id", "endpoint": endpoint}


@pytest.mark.parametrize(
    "settings",
    [
        {"resources": [changes(initial_value=SINCE["initial_value"])]},
        {"resources": [changes()], "start_date": "2024-01-19T23:59:59Z"},
    ],
)
def test_a_sample_is_asked_for_from_the_start_of_the_run(settings: dict[str, Any]) -> None:
    with serving(respond) as server:
        outcome = run_tap(server, settings)
        paths = server.paths()
    assert paths[0].replace(".000000", "") == FROM
    # A start date is in no form of the API's own: with that form it is asked for once more.
    assert paths[1:] in ([], [FROM])
    assert len(set(paths)) == len(paths)
    assert {record["id"] for record in outcome.records("rows")} == set(range(20, 26))


def test_a_parent_is_sampled_from_its_start_and_only_children_of_what_came() -> None:
    with serving(respond) as server:
        run_tap(server, CASES["a child of a parent from its initial value"].config)
        paths = server.paths()
    assert [path for path in paths if path.startswith("GET /since")] == [FROM]
    assert {path.split("/")[2] for path in paths if "/comments" in path} == {
        *map(str, range(20, 26))
    }


def test_a_parent_that_is_read_in_full_for_its_child_is_sampled_in_full() -> None:
    """The start date is for the streams that are read from it."""
    child = {"name": "comments", "endpoint": "rows/{resources.rows.id}/comments"}
    settings = {"resources": [changes(), child], "start_date": SINCE["initial_value"]}
    with serving(respond) as server:
        outcome = run_tap(server, settings)
        paths = [path for path in server.paths() if path.startswith("GET /since")]
    assert set(paths) == {"GET /since"}
    assert len(outcome.records("rows")) == 25


def test_where_nothing_changed_since_the_start_the_sample_is_taken_from_the_beginning() -> None:
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [changes(initial_value=LATE)]})
        paths = server.paths()
    (schema,) = outcome.of("SCHEMA")
    assert schema["schema"]["properties"]["title"] == {"type": ["string", "null"]}
    assert "GET /since" in paths


def refusing_the_start(request: Request) -> Response:
    return Response({"error": "x"}, 500) if "since" in request.query else respond(request)


def test_an_api_that_refuses_the_start_is_sampled_from_the_beginning() -> None:
    with serving(refusing_the_start) as server:
        outcome = run_tap(
            server,
            {
                "resources": [changes(initial_value=LATE), {"name": "others", "endpoint": "rows"}],
                "error_handler": {"max_retries": 0},
            },
        )
        assert server.paths()[:2] == ["GET /since since=2029-12-31T23:59:59Z", "GET /since"]
    assert outcome.stream("rows")["status"] == "failed"
    assert len(outcome.records("others")) == 10
