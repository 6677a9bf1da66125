"""A response that names the range of times it stands for is held against what was asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.json_server import read_list

NOW = datetime.now(UTC)
FIELDS = {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}
NAMES = [("from", "to"), ("startDate", "endDate"), ("meta.period_start", "meta.period_end")]


def day(ago: int) -> str:
    return f"{NOW - timedelta(days=ago):%Y-%m-%d}"


class Calls:
    """Calls of the last months; a question brings those of so many days at most."""

    def __init__(self, days: int, names: tuple[str, str] = ("from", "to")) -> None:
        """Name the range by these members."""
        self.requests = 0
        self._days, self._names = days, names

    def answer(self, query: dict[str, str]) -> dict[str, Any]:
        """The calls of a range, and the range."""
        self.requests += 1
        began = query.get("since", day(1))[:10]
        last = datetime.fromisoformat(began).replace(tzinfo=UTC) + timedelta(days=self._days)
        ended = min(query.get("until", day(0))[:10], f"{last:%Y-%m-%d}")
        rows = [{"id": ago, "at": f"{day(ago)}T10:00:00Z"} for ago in (80, 70, 50, 20, 3)]
        body: dict[str, Any] = {"data": [row for row in rows if began <= str(row["at"]) < ended]}
        for name, value in zip(self._names, (began, ended), strict=True):
            holder, _, inner = name.rpartition(".")
            (body.setdefault(holder, {}) if holder else body)[inner] = value
        return body

    def read(self, start: str, **more: Any) -> Any:  # noqa: ANN401  # a part of the report
        """Read them once from a day on."""
        ends = more.pop("incremental", {})
        since = {"cursor_path": "at", "start_param": "since", "initial_value": start}
        outcome = read_list(
            self.answer,
            endpoint={"incremental": {**since, "start_format": "%Y-%m-%d", **ends}},
            schema={"type": "object", "properties": FIELDS},
            **more,
        )
        return outcome.stream("items")


@pytest.mark.parametrize("names", NAMES)
def test_a_range_that_ends_before_the_run_is_not_all(names: tuple[str, str]) -> None:
    calls = Calls(30, names)
    part = calls.read(day(85))
    assert (part["verdict"], part["records"], part["bookmark"]) == ("not proven", 2, None)
    assert part["reasons"][-1].startswith(f"the response says by `{names[0]}` and `{names[1]}`")


@pytest.mark.parametrize("ignored", [["to"], ["TO"]])
def test_the_user_may_say_that_nothing_is_cut(ignored: list[str]) -> None:
    assert Calls(30).read(day(85), ignore_signs=ignored)["verdict"] == "proven"


@pytest.mark.parametrize(
    ("days", "start", "until"), [(30, 25, None), (300, 85, None), (30, 85, 60), (1, 2, None)]
)
def test_a_range_that_is_as_long_as_it_was_wanted_is_all(
    days: int, start: int, until: int | None
) -> None:
    calls = Calls(days)
    end = {"end_param": "until", "end_value": f"{day(until)}T00:00:00Z"} if until else {}
    part = calls.read(day(start), incremental=end)
    assert (part["verdict"], part["reasons"]) == ("proven", [])


def test_a_span_of_the_envelope_that_is_none_of_the_question_says_nothing() -> None:
    """Such as when a project began and ended, or the times of the first and the last record."""
    row = {"id": 1, "at": f"{day(50)}T10:00:00Z"}
    body: dict[str, Any] = {"start": day(300), "end": day(200), "from": 1, "to": 1, "data": [row]}
    calls = Calls(0)
    calls.answer = lambda query: body  # type: ignore[method-assign]  # noqa: ARG005  # another API
    assert calls.read(day(85))["verdict"] == "proven"
