"""Every configuration is read as it is: each record, once."""

from __future__ import annotations

import pytest

from tap_analytics.exceptions import StreamError
from tests.support.compatibility.cases import CASES
from tests.support.compatibility.endpoints import ROUTES, respond
from tests.support.compatibility.reading import by_stream, run_tap
from tests.support.compatibility.server import serving


@pytest.mark.parametrize("name", CASES)
def test_a_configuration_in_dlts_form_is_read_as_it_is(name: str) -> None:
    case = CASES[name]
    with serving(respond) as server:
        outcome = run_tap(server, case.config)
    assert outcome.error is None, outcome.log
    found = by_stream(outcome)
    assert {stream: len(records) for stream, records in found.items()} == case.counts
    for records in found.values():
        assert len({str(record) for record in records}) == len(records)


def test_the_server_has_an_endpoint_of_every_shape() -> None:
    assert len(ROUTES) >= 60


def test_a_first_run_asks_no_page_for_its_sample_and_tells_what_the_proof_costs() -> None:
    with serving(respond) as server:
        outcome = run_tap(server, CASES["next"].config)
        report = outcome.stream("rows")
        assert server.paths() == [
            "GET /next",
            "GET /next page=2",
            "GET /next page=3",
            # The last page once more, as a missing link may have been counted; then a second pass.
            "GET /next page=3",
            *["GET /next", "GET /next page=2", "GET /next page=3"],
        ]
        assert report["proof_requests"] == 4


@pytest.mark.parametrize("key", [{}, {"primary_key": "id"}])
def test_rows_that_hold_the_time_of_the_request_are_not_taken_for_further_pages(
    key: dict[str, str],
) -> None:
    with serving(respond) as server:
        entry = {"name": "rows", "endpoint": "changing-rows", **key}
        outcome = run_tap(server, {"resources": [entry]})
        assert len(server.requests) < 10
    assert {record["id"] for record in outcome.records("rows")} == set(range(1, 11))


def test_several_lists_are_said_with_their_selectors() -> None:
    with serving(respond) as server, pytest.raises(StreamError) as refused:
        run_tap(server, {"resources": [{"name": "x", "endpoint": "two-lists"}]})
    assert "set `data_selector` to one of `users`, `groups`" in str(refused.value)


@pytest.mark.parametrize(("path", "what"), [("scalars", "a string"), ("lists", "a list")])
def test_a_list_of_no_objects_is_a_sentence(path: str, what: str) -> None:
    with serving(respond) as server, pytest.raises(StreamError) as refused:
        run_tap(server, {"resources": [path]})
    assert f"record 1 of the page is {what}, not an object" in str(refused.value)


def test_hints_are_named_once_each() -> None:
    with serving(respond) as server:
        outcome = run_tap(server, CASES["hints"].config)
    named = [line for line in outcome.log if "is dlt's own and changes nothing here" in line]
    assert [line.split("`")[1] for line in named] == [
        "columns",
        "merge_key",
        "parallelized",
        "max_table_nesting",
        "strategy",
    ]
