"""What an API announces of itself in headers: that it is deprecated, or will be switched off."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tap_analytics.http.redaction import EXCERPT_LENGTH, redact
from tap_analytics.log_fields import fields
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from tap_analytics.reporting.report import StreamReport


class Notices:
    """The announcements of a run: in the report of each stream, in the log once."""

    def __init__(self, logger: logging.Logger) -> None:
        """Await responses: `observe` looks at the headers of each."""
        self._logger = logger
        self._logged: set[tuple[str | None, str | None]] = set()

    def observe(
        self,
        headers: Mapping[str, str],
        report: StreamReport,
        secrets: Callable[[], frozenset[str]],
    ) -> None:
        """Take in the headers of a response.

        Args:
            headers: They may have `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
            report: The report of the stream that they are about.
            secrets: Called where there is something to tell: values that must not be shown.
        """
        deprecation, sunset = headers.get("Deprecation"), headers.get("Sunset")
        if deprecation is None and sunset is None:
            return
        deprecation, sunset = (
            None if value is None else shown(redact(_moment(value), secrets()), EXCERPT_LENGTH)
            for value in (deprecation, sunset)
        )
        report.deprecation = deprecation or report.deprecation
        report.sunset = sunset or report.sunset
        if (deprecation, sunset) in self._logged:
            return
        self._logged.add((deprecation, sunset))
        parts = []
        if deprecation is not None:
            parts.append(f"that this resource is deprecated (`Deprecation: {deprecation}`)")
        if sunset is not None:
            parts.append(f"that it will be switched off (`Sunset: {sunset}`)")
        self._logger.warning(
            "%s: the API announces %s. Look at its documentation for what takes its place; the "
            "report names every stream that this is true of.",
            report.name,
            " and ".join(parts),
            extra=fields("announcement", report.name, deprecation=deprecation, sunset=sunset),
        )


def _moment(value: str) -> str:
    """A structured date (`@1688169599`) as a date-time; any other value as it is."""
    text = value.strip()
    if not text.startswith("@"):
        return text
    try:
        return datetime.fromtimestamp(int(text[1:]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return text
