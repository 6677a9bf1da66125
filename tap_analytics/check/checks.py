"""Checks a configuration and each selected stream."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import ConfigValidationError

from tap_analytics.check.findings import Findings, StreamFinding
from tap_analytics.check.stream_check import StreamCheck
from tap_analytics.exceptions import RunError, StreamError, TapError
from tap_analytics.http.failures import unforeseen
from tap_analytics.sync.children import context_for
from tap_analytics.sync.stream import SingerStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.clock import Clock
    from tap_analytics.tap import TapAnalytics

_IMPATIENT = {"connection_retry_seconds": 0}
"""Somebody waits for a check: it tells a wrong URL sooner than a run, which outlives a restart."""


def check(
    tap_class: type[TapAnalytics],
    config: Mapping[str, Any],
    catalog: Mapping[str, Any] | None = None,
    clock: Clock | None = None,
) -> Findings:
    """Check a configuration.

    Args:
        tap_class: The tap.
        config: The settings as they were given.
        catalog: Says what is selected; without one everything is.
        clock: What to wait with.

    Returns:
        What was found; nothing is raised for what is wrong.
    """
    findings = Findings()
    config = _IMPATIENT | dict(config)
    with _quiet_log(tap_class.logger):
        try:
            tap = tap_class(config=config, catalog=dict(catalog) if catalog else None)
        except ConfigValidationError as error:
            findings.result, findings.settings = "failed", list(error.errors)
            return findings
        except TapError as error:
            findings.result, findings.settings = "failed", [str(error)]
            return findings
        if clock is not None:
            tap.use_clock(clock)
        try:
            _check_streams(tap, findings)
        except Exception as error:  # noqa: BLE001  # told in a sentence
            sentence = _unforeseen(error, "The streams", tap)
            findings.result, findings.settings = "failed", [*findings.settings, sentence]
        finally:
            tap.run.close()
    return findings


def _check_streams(tap: TapAnalytics, findings: Findings) -> None:
    findings.settings = tap.ignored_settings
    try:
        problems = tap.catalog_problems()
        streams = [stream for stream in tap.streams.values() if isinstance(stream, SingerStream)]
    except TapError as error:
        problems, streams = [str(error)], []
    if problems:
        findings.result, findings.settings = "failed", [*findings.settings, *problems]
        streams = []
    chosen = [stream for stream in streams if stream.selected or stream.has_selected_descendents]
    if streams and not chosen:
        findings.result = "failed"
        findings.settings = [*findings.settings, "The catalog selects no stream."]
    checks: dict[str, StreamCheck] = {}
    for stream in chosen:
        finding = _check_stream(stream, checks, tap)  # type: ignore[arg-type]  # all are ours
        findings.streams.append(finding)
        if finding.result == "failed" and tap.run.fatal_error is not None:
            # Such as a refused token: it would be said of every stream.
            break
    of_streams = sum(stream.stats.requests for stream in chosen)
    for_token = tap.run.http_client.stats.requests - of_streams if chosen else 0
    findings.conclude(for_token)


def _check_stream(
    stream: AnalyticsStream, checks: dict[str, StreamCheck], tap: TapAnalytics
) -> StreamFinding:
    settings = tap.settings
    made = StreamCheck(stream, width=settings.concurrency, per_minute=settings.requests_per_minute)
    checks[stream.name] = made
    if stream.not_sampled is not None:
        made.finding.fail_unread(str(stream.not_sampled))
        return made.finding
    try:
        if stream.parent_stream_type is None:
            made.check(None)
        else:
            _check_child(stream, made, checks)
    except StreamError as error:
        made.finding.fail_unread(str(error))
    except RunError as error:
        made.finding.fail_unread(str(error))
        tap.run.fatal_error = error
    except Exception as error:  # noqa: BLE001  # told in a sentence
        made.finding.fail_unread(_unforeseen(error, stream.name, tap))
    return made.finding


def _check_child(
    stream: AnalyticsStream, made: StreamCheck, checks: Mapping[str, StreamCheck]
) -> None:
    """A child is checked for the first record of its parent that it can be read for."""
    parent = checks.get(str(getattr(stream.parent_stream_type, "name", "")))
    if parent is None:
        made.finding.warn("its parent was not checked")
        return
    full = parent.finding.full
    for record in parent.first_records():
        context = context_for(stream, record)
        if context is not None:
            made.check(context, full.records if full else None)
            return
    made.finding.warn("no record of its parent has what it is asked for with")


def _unforeseen(error: Exception, place: str, tap: TapAnalytics) -> str:
    return unforeseen(error, place, tap.run.http_client.secrets(), tap.logger)


@contextmanager
def _quiet_log(logger: logging.Logger) -> Iterator[None]:
    """Keep the log of a trial to itself: what matters stands in the findings."""
    if logger.getEffectiveLevel() <= logging.DEBUG:
        # Somebody looks for what does not stand there, such as a traceback.
        yield
        return
    level, of_metrics = logger.level, logging.getLogger("singer_sdk.metrics")
    # A filter, because the SDK sets the level of the metrics itself.
    of_metrics.addFilter(_nothing)
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
        of_metrics.removeFilter(_nothing)


def _nothing(_record: logging.LogRecord) -> bool:
    return False
