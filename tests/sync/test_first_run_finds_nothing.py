"""A first run that finds nothing at an API that refuses to be asked since no time goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.tap import TapAnalytics
from tests.support.small_api import SmallAPI
from tests.support.timed_items import timed_items

if TYPE_CHECKING:
    from collections.abc import Iterator

START = "2026-01-28T08:00:00Z"
WAYS = pytest.mark.parametrize(
    ("incremental", "settings"),
    [({"initial_value": START}, {}), ({}, {"start_date": START})],
    ids=["initial_value", "start_date"],
)
REFUSED = (400, {"message": "a start is required"})
REFUSALS = [REFUSED, (422, {"errors": ["since"]}), {"error": "a start is required"}]


class TextAPI(SmallAPI):
    """Compares times as text, and wants to be asked since one."""

    def __init__(self) -> None:
        """Hold nothing."""
        super().__init__(self._found)
        self.refusal: Any = REFUSED
        self.needed = {"since"}
        self.earliest, self.latest = "", "9"
        self.times: list[str] = []

    def _found(self, _path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        since, until = query.get("since", ""), query.get("until", "9")
        if not self.needed <= query.keys() or since < self.earliest or until > self.latest:
            return self.refusal
        rows = [{"id": row, "at": at} for row, at in enumerate(self.times)]
        return {"data": [row for row in rows if since <= str(row["at"]) < until]}


@pytest.fixture
def api() -> Iterator[TextAPI]:
    with TextAPI() as server:
        yield server


def entry(incremental: dict[str, Any], *, declared: bool = True, **endpoint: Any) -> dict[str, Any]:  # noqa: ANN401  # any settings
    """The resource, with a schema or without."""
    found = timed_items(incremental, **endpoint)
    if not declared:
        del found["schema"]
    return found


@WAYS
@pytest.mark.parametrize("refusal", REFUSALS, ids=["400", "422", "200 with an error"])
@pytest.mark.parametrize("declared", [True, False], ids=["schema", "no schema"])
def test_nothing_is_found_and_what_comes_later_is_read(
    api: TextAPI,
    refusal: Any,  # noqa: ANN401  # any response
    declared: bool,  # noqa: FBT001  # of pytest
    incremental: dict[str, Any],
    settings: dict[str, Any],
) -> None:
    api.refusal = refusal
    resource = entry(incremental, declared=declared)
    first = api.read(resource, **settings)
    part = first.stream("items")
    assert (part["status"], part["verdict"], first.error) == ("succeeded", "proven", None)
    api.times = ["2026-01-27 09:00:00", "2026-01-28 10:00:00"]
    second = api.read(resource, state=first.state, **settings)
    assert {row["id"] for row in second.records("items")} == {1}
    assert second.stream("items")["verdict"] == "proven"


@WAYS
def test_records_that_the_form_leaves_out_are_found_by_earlier_ones(
    api: TextAPI, incremental: dict[str, Any], settings: dict[str, Any]
) -> None:
    """As text `2026-01-28 10:00:00` comes before `2026-01-28T08:00:00Z`."""
    api.times = ["2026-01-28 10:00:00"]
    outcome = api.read(entry(incremental), **settings)
    assert len(outcome.records("items")) == 1
    assert outcome.stream("items")["verdict"] == "proven"


def test_what_cannot_be_known_is_not_proven_and_the_stream_goes_on(
    api: TextAPI,
) -> None:
    """A record may be there: neither all nor earlier ones can be asked for."""
    api.earliest = "2026-01-28T07"
    api.times = ["2026-01-28 10:00:00"]
    outcome = api.read(entry({"initial_value": START}))
    part = outcome.stream("items")
    assert (part["status"], part["verdict"]) == ("succeeded", "not proven")
    assert any("`start_format`" in reason for reason in part["reasons"])
    named = {"initial_value": START, "start_format": "%Y-%m-%d %H:%M:%S"}
    api.earliest = "2026-01-28 "
    assert api.read(entry(named)).stream("items")["verdict"] == "proven"


SPAN = {"initial_value": "2026-01-28 08:00:00", "end_value": "2026-02-01 09:00:00"}


@pytest.mark.parametrize("needed", [{"since"}, {"since", "until"}], ids=["start", "both"])
@pytest.mark.parametrize("there", [True, False], ids=["records", "none"])
def test_a_span_is_read_where_a_start_or_both_ends_are_wanted(
    api: TextAPI,
    needed: set[str],
    there: bool,  # noqa: FBT001  # of pytest
) -> None:
    """The end is asked for in the form of the values that came, though they came later."""
    api.needed = needed
    api.times = ["2026-01-28T10:00:00Z", "2026-02-01T05:00:00Z"] * there
    outcome = api.read(entry({**SPAN, "end_param": "until"}))
    assert len({row["id"] for row in outcome.records("items")}) == 2 * there
    assert outcome.stream("items")["verdict"] == "proven"


def test_the_only_record_on_the_last_day_is_found(api: TextAPI) -> None:
    """As text `2026-02-01T05:00:00Z` comes behind `2026-02-01 09:00:00`."""
    api.needed = {"since", "until"}
    api.times = ["2026-02-01T05:00:00Z"]
    outcome = api.read(entry({**SPAN, "end_param": "until"}))
    assert len(outcome.records("items")) == 1
    assert outcome.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize("at", ["2026-01-28T10:00:00Z", "2026-02-01t05:00:00Z"])
def test_an_end_alone_is_asked_for_in_the_form_of_the_values_that_came(
    api: TextAPI, at: str
) -> None:
    """A small `t` comes behind a large one: the first request leaves out what has it."""
    api.needed = {"until"}
    api.times = ["2026-01-28t10:00:00Z" if "t" in at else at, at]
    outcome = api.read(entry({"end_value": SPAN["end_value"], "end_param": "until"}))
    assert {row["id"] for row in outcome.records("items")} == {0, 1}
    assert outcome.stream("items")["verdict"] == "proven"


def test_an_end_whose_form_nobody_knows_is_not_proven(api: TextAPI) -> None:
    api.needed, api.latest = {"until"}, "2026-02-01T09:00:00.000000Z"
    outcome = api.read(entry({"end_value": "2026-02-01T09:00:00.000000Z", "end_param": "until"}))
    (reason,) = outcome.stream("items")["reasons"]
    assert reason.startswith("no record comes before `2026-02-01T09:00:00.000000Z`, and")


@pytest.mark.parametrize("first", [0, 1])
def test_where_pages_begin_is_found_where_a_start_is_wanted(first: int) -> None:
    rows = [{"id": row, "at": f"2026-02-01T00:00:{row:02}Z"} for row in range(25)]

    def pages(_path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        if "since" not in query or int(query["page"]) < first:
            return REFUSED
        start = (int(query["page"]) - first) * 10
        return {"data": [row for row in rows if str(row["at"]) >= query["since"]][start:][:10]}

    with SmallAPI(pages) as server:
        outcome = server.read(entry({"initial_value": START}, paginator="page_number"))
    assert len({row["id"] for row in outcome.records("items")}) == len(rows)
    assert outcome.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize("there", [True, False], ids=["records", "none"])
def test_a_start_date_may_stand_in_a_path(there: bool) -> None:  # noqa: FBT001  # of pytest
    """All cannot be asked for: as text `2026-01-28 10:00:00` comes before the start."""
    rows = [{"id": 1, "at": "2026-01-28 10:00:00"}, {"id": 2, "at": "2026-01-20 10:00:00"}]

    def since(path: str, _query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        start = path.removeprefix("/items/")
        return {"data": [row for row in rows if there and str(row["at"]) >= start]}

    resource = entry({}, path="/items/{incremental.start_value}")
    del resource["endpoint"]["incremental"]["start_param"]
    with SmallAPI(since) as server:
        first = server.read(resource, start_date=START)
        second = server.read(resource, state=first.state, start_date=START)
    assert {row["id"] for row in first.records("items")} == ({1} if there else set())
    assert first.stream("items")["verdict"] == second.stream("items")["verdict"] == "proven"


def test_a_table_that_is_read_in_full_begins_at_no_start_date() -> None:
    """A target would delete what was made before."""
    resource = entry({}, path="/items/{incremental.start_value}")
    del resource["endpoint"]["incremental"]["start_param"]
    with SmallAPI(lambda *_: {"data": []}) as server:
        tap = TapAnalytics(config={"base_url": server.url, "resources": [resource]})
        catalog = dict(tap.catalog_dict)
        catalog["streams"][0]["replication_method"] = "FULL_TABLE"
        outcome = server.read(resource, catalog=catalog, start_date=START)
        assert not server.targets
    assert "there is no such value" in str(outcome.stream("items")["error"])
