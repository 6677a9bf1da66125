"""The SDK's METRIC line of each response goes out at once, or with those that come soon after."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from tap_analytics.reporting import metrics
from tap_analytics.reporting.metrics import MOST_TOGETHER, TOGETHER, RequestMetrics


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which the test lets pass."""
    now = [0.0]
    monkeypatch.setattr(metrics, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def request_metrics() -> RequestMetrics:
    """Those of a stream."""
    stream: Any = SimpleNamespace(
        name="items",
        path="/items?key=secret",
        metrics_logger=logging.getLogger("singer_sdk.metrics"),
    )
    return RequestMetrics(stream)


def written(caplog: pytest.LogCaptureFixture) -> list[tuple[int, float]]:
    points = [entry.args[0].to_dict() for entry in caplog.records]  # type: ignore[index, union-attr]  # Points
    assert {point["tags"]["endpoint"] for point in points} <= {"/items"}
    return [(point["tags"]["http_status_code"], point["value"]) for point in points]


def test_the_line_of_a_slow_response_goes_out_at_once(
    clock: list[float], request_metrics: RequestMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="singer_sdk.metrics")
    for number in range(1, 5):
        clock[0] += 2 * TOGETHER
        request_metrics.responded(200, number / 10)
        assert len(written(caplog)) == number


def test_the_lines_of_quick_responses_go_out_together_and_none_is_lost(
    clock: list[float], request_metrics: RequestMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="singer_sdk.metrics")
    sent = [(200 if number % 7 else 503, float(number)) for number in range(MOST_TOGETHER + 11)]
    counts = []
    for status, seconds in sent:
        clock[0] += TOGETHER / 1000
        request_metrics.responded(status, seconds)
        counts.append(len(written(caplog)))
    assert set(counts) == {1, 1 + MOST_TOGETHER}
    request_metrics.flush()
    assert written(caplog) == sent
    request_metrics.flush()
    assert written(caplog) == sent
