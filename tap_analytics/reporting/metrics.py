"""The SDK's METRIC lines of a stream: the tap has loops of its own, so it feeds them itself."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from singer_sdk import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_sdk import RESTStream
    from singer_sdk.helpers.types import Context

    from tap_analytics.http.call import RequestStats
    from tap_analytics.reporting.report import RunReport


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
    stream: RESTStream[Any], stats: RequestStats, context: Context | None
) -> Iterator[StreamMetrics]:
    """Measure one sync: `record_count`, `http_request_count` and `sync_duration`.

    Args:
        stream: What is synced.
        stats: Its requests.
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


def request_metric(stream: RESTStream[Any]) -> Callable[[int, float], None]:
    """What writes `http_request_duration` for each response of a stream; for any thread."""

    @cache
    def tags_of(status: int) -> tuple[dict[str, Any], str]:
        failed = status >= HTTPStatus.BAD_REQUEST
        tags: dict[str, Any] = {
            metrics.Tag.STREAM: stream.name,
            metrics.Tag.ENDPOINT: _endpoint(stream),
            metrics.Tag.HTTP_STATUS_CODE: status,
            metrics.Tag.STATUS: metrics.Status.FAILED if failed else metrics.Status.SUCCEEDED,
        }
        return tags, json.dumps(tags, separators=(",", ":"))

    def write(status: int, seconds: float) -> None:
        metrics.log(stream.metrics_logger, _RequestDuration(seconds, *tags_of(status)))

    return write


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
