"""The SDK's METRIC lines of a stream: the tap has loops of its own, so it feeds them itself."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from singer_sdk import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk import RESTStream
    from singer_sdk.helpers.types import Context

    from tap_analytics.http.call import RequestStats
    from tap_analytics.reporting.report import RunReport


TOGETHER = 0.1
"""Seconds in which the lines of several responses may gather."""

MOST_TOGETHER = 32
"""Responses."""


class StreamMetrics:
    """Counts the records and the requests of one sync of a stream; used in the main thread."""

    def __init__(
        self, records: metrics.Counter, requests: metrics.Counter, stats: RequestStats
    ) -> None:
        """Count with counters of the SDK, which write a line a minute and one at the end."""
        self._records = records
        self._requests = requests
        self._stats = stats

    def count(self, records: int) -> None:
        """Count records that were sent, and the requests that were sent meanwhile."""
        self._records.increment(records)
        sent = self._stats.requests
        self._requests.increment(sent - self._stats.metered)
        self._stats.metered = sent


@contextmanager
def measured(
    stream: RESTStream[Any],
    stats: RequestStats,
    request_metrics: RequestMetrics,
    context: Context | None,
) -> Iterator[StreamMetrics]:
    """Measure one sync: `record_count`, `http_request_count` and `sync_duration`.

    Args:
        stream: What is synced.
        stats: Its requests.
        request_metrics: Writes the lines of its responses.
        context: For a child, what it knows of its parent's record.
    """
    requests = metrics.http_request_counter(stream.name, endpoint=_endpoint(stream))
    with stream.get_record_counter() as records, requests, stream.get_sync_timer() as timer:
        for meter in (records, requests, timer):
            meter.with_context(context)
        found = StreamMetrics(records, requests, stats)
        try:
            yield found
        finally:
            request_metrics.flush()
            found.count(0)


class _RequestDuration(metrics.Point[float]):
    """One `http_request_duration`, whose tags all responses with its status share as text, too."""

    def __init__(self, seconds: float, tags: dict[str, Any], tags_as_text: str) -> None:
        super().__init__("timer", metrics.Metric.HTTP_REQUEST_DURATION, seconds, tags)
        self._tags_as_text = tags_as_text

    def __str__(self) -> str:
        name = self.metric.value
        return (
            f'{{"type":"timer","metric":"{name}","value":{self.value},"tags":{self._tags_as_text}}}'
        )


class RequestMetrics:
    """Writes `http_request_duration` for each response of a stream; for any thread.

    Where responses come quickly, several lines go out together: one alone between two requests
    takes several times as long, as little of what it needs is at the processor's hand by then.
    """

    def __init__(self, stream: RESTStream[Any]) -> None:
        """Write for a stream."""
        self._stream = stream
        self._tags = cache(self._tags_of)
        self._waiting: list[tuple[int, float]] = []
        self._written_at = -TOGETHER
        self._lock = Lock()

    def responded(self, status: int, seconds: float) -> None:
        """Write the metric of a response, now or soon.

        Args:
            status: Its status.
            seconds: How long it took.
        """
        with self._lock:
            self._waiting.append((status, seconds))
            is_due = monotonic() - self._written_at >= TOGETHER
        if is_due or len(self._waiting) >= MOST_TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._written_at = monotonic()
        for status, seconds in waiting:
            metrics.log(self._stream.metrics_logger, _RequestDuration(seconds, *self._tags(status)))

    def _tags_of(self, status: int) -> tuple[dict[str, Any], str]:
        failed = status >= HTTPStatus.BAD_REQUEST
        tags: dict[str, Any] = {
            metrics.Tag.STREAM: self._stream.name,
            metrics.Tag.ENDPOINT: _endpoint(self._stream),
            metrics.Tag.HTTP_STATUS_CODE: status,
            metrics.Tag.STATUS: metrics.Status.FAILED if failed else metrics.Status.SUCCEEDED,
        }
        return tags, json.dumps(tags, separators=(",", ":"))


def _endpoint(stream: RESTStream[Any]) -> str:
    """The path alone: the query behind it may hold a key."""
    return stream.path.partition("?")[0]


@contextmanager
def job_timer(report: RunReport) -> Iterator[None]:
    """Measure a whole run: `job_duration`, as Singer's `job_timer` calls it.

    Args:
        report: Tells whether something failed; most of it ends no run before its time.
    """
    with metrics.Timer(metrics.Metric.JOB_DURATION, {metrics.Tag.JOB_TYPE: "sync"}) as timer:
        yield
        if report.error or report.failed():
            timer.tags[metrics.Tag.STATUS] = metrics.Status.FAILED
