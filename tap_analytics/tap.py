"""The tap: its settings, its streams, and one run from start to report."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.exceptions import ConfigValidationError, MapperNotInitialized
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import PluginBase
from singer_sdk.singerlib import Catalog

from tap_analytics.command_line import CommandLine
from tap_analytics.config.loading import UnreadableError, read_settings
from tap_analytics.config.prepare import prepare_config
from tap_analytics.config.settings_schema import SETTINGS
from tap_analytics.exceptions import RunError, RunFailedError, Terminated
from tap_analytics.log_fields import fields, give_fields
from tap_analytics.records.names import shown
from tap_analytics.records.plain_lines import LONGEST_MESSAGE, logs_plain_lines
from tap_analytics.reporting.metrics import job_timer
from tap_analytics.reporting.views.run_end import RunEnd, on_terminal, run_line
from tap_analytics.streams.discovery import discover, stream_classes
from tap_analytics.streams.registry import built_in_streams
from tap_analytics.sync.ahead import Ahead
from tap_analytics.sync.message_writer import MessageWriter
from tap_analytics.sync.run import RunContext, report_refusal
from tap_analytics.sync.state.known_warnings import KnownWarnings
from tap_analytics.sync.state.state_writer import StateWriter
from tap_analytics.sync.stream_maps import Mapper

if TYPE_CHECKING:
    from pathlib import PurePath

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.mapper import PluginMapper

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.clock import Clock
    from tap_analytics.records.json import JSON


class TapAnalytics(CommandLine):
    """Reads REST APIs with OAuth2 and page numbers, and proves that each sync is complete."""

    name = "tap-analytics"
    package_name = "tap-analytics"
    # A copy: the SDK adds its own settings to the properties in place.
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS | {
        "properties": SETTINGS["properties"].copy()
    }
    message_writer_class = MessageWriter

    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(
        self,
        *,
        config: Mapping[str, Any] | PurePath | str | list[PurePath | str] | None = None,
        parse_env_config: bool = False,
        **kwargs: Any,  # noqa: ANN401  # the SDK's own, handed on
    ) -> None:
        """Create a tap.

        Args:
            config: The settings, or the files that hold them; a later file replaces the settings
                of an earlier one.
            parse_env_config: Whether settings in the environment replace these.
            kwargs: What else the SDK's tap takes, such as the state and the catalog.

        Raises:
            ConfigValidationError: The settings cannot work; `errors` has a sentence per problem.
            UnreadableError: A file cannot be read.
        """
        give_fields(self.logger)
        logs_plain_lines(self.logger)
        given, unreadable = _read_config(config or {})
        if parse_env_config:
            given |= self._environment()
        prepared = prepare_config(given, built_in_streams())
        if unreadable is not None:
            if kwargs.get("validate_config", True):
                for sentence in report_refusal(prepared.settings, str(unreadable)):
                    unreadable.add_note(sentence)
            raise unreadable
        self.settings = prepared.settings
        """The settings that were given, with defaults for the others."""
        self._prepared = prepared
        self._given_catalog = kwargs.get("catalog")
        self._warnings = KnownWarnings(self.logger)
        self.ahead = Ahead([])
        # Made at its first use: it needs the streams, and a schema may have to be inferred.
        kwargs.setdefault("setup_mapper", False)
        super().__init__(config=prepared.config, **kwargs)
        self._last_state = StateWriter(self.message_writer)
        self._state_writer = self._last_state
        # The SDK's handlers, which this replaces, write a state; but a signal may come in the
        # middle of a line. The state that went out is true: it follows the records it is about.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self.terminate)
            # A terminal that is closed; whoever runs under `nohup` ignores that.
            hangup = getattr(signal, "SIGHUP", None)
            if hangup is not None and signal.getsignal(hangup) == signal.SIG_DFL:
                signal.signal(hangup, self.terminate)

    @cached_property
    def run(self) -> RunContext:
        """What all streams of this run share."""
        return RunContext(self.settings)

    def use_clock(self, clock: Clock) -> None:
        """Wait with another clock from now on, such as one whose waits pass at once."""
        self.run = RunContext(self.settings, clock)

    def discover_streams(self) -> list[AnalyticsStream]:
        """The streams that the settings name; see `discovery.py`."""
        return discover(self, self.settings, self.input_catalog, self._warnings.warn)

    def run_discovery(self) -> str:
        """The catalog as text; what could not be sampled is told."""
        catalog = super().run_discovery()
        for stream in cast("dict[str, AnalyticsStream]", self.streams).values():
            if stream.not_sampled is not None:
                self.logger.error(
                    "%s: its fields are not in the catalog, each run looks for them: %s",
                    stream.name,
                    stream.not_sampled,
                    extra=fields("not_sampled", stream.name),
                )
        return catalog

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a state, and from what was said of the configuration."""
        super().load_state(state)
        self._warnings.load(state)

    def sync_all(self) -> None:  # type: ignore[misc]  # the SDK's has no end to report at
        """Sync every selected stream, then report.

        Raises:
            RunFailedError: A stream failed, or the run was stopped; the others are out.
        """
        if self.settings.progress_seconds and on_terminal():
            # Loaded where it is seen: nothing else needs rich.
            from tap_analytics.reporting.views.live import LiveDisplay  # noqa: PLC0415

            self.run.progress.display = LiveDisplay()
        try:
            with job_timer(self.run.report):
                self._sync_streams()
        except BaseException as error:
            self.run.report.error = _named(error)
            raise
        finally:
            self._finish()
        if self.run.report.status == "failed":
            raise RunFailedError(run_line(self.run.report))

    def _sync_streams(self) -> None:
        try:
            self.run.write_report()
            for sentence in self.ignored_settings:
                self._warnings.warn(sentence, fields("setting_ignored"))
            self._check_catalog()
            streams = cast("dict[str, AnalyticsStream]", self.streams).values()
            self._check_state(streams)
            self.ahead = Ahead([stream for stream in streams if stream.is_read_by_itself])
            super().sync_all()
        except RunError as error:
            # It stands in the report: what follows says so and ends the run.
            self.run.report.error = str(error)
        self._warnings.remember(self.state)
        self._last_state.write_last(self.state)

    def _check_catalog(self) -> None:
        if problems := self.catalog_problems():
            raise RunError(" ".join(problems))

    def _check_state(self, streams: Iterable[AnalyticsStream]) -> None:
        if self.state.get("bookmarks"):
            from tap_analytics.streams.state_check import unused_bookmarks  # noqa: PLC0415  # only here

            keys = dict.fromkeys(stream.name for stream in stream_classes(self.settings))
            keys |= {stream.name: stream.replication_key for stream in streams}
            for sentence in unused_bookmarks(self.state, keys):
                self._warnings.warn(sentence, fields("bookmark_unused"))

    def catalog_problems(self) -> list[str]:
        """What keeps the catalog from being followed; what is only odd goes into the log."""
        given = self._given_catalog
        if isinstance(given, Catalog):
            given = given.to_dict()
        if not isinstance(given, Mapping):
            return []
        from tap_analytics.streams.catalog_check import check_catalog  # noqa: PLC0415  # only here

        found = check_catalog(given, [stream.name for stream in stream_classes(self.settings)])
        for sentence in found.warnings:
            self.logger.warning(sentence, extra=fields("catalog"))
        return list(found.problems)

    @property
    def ignored_settings(self) -> list[str]:
        """The settings that change nothing, one sentence per setting."""
        return list(self._prepared.ignored)

    def _finish(self) -> None:
        run = self.run
        run.report.end()
        run.close()
        logged = run.fatal_error is not None
        try:
            run.write_report()
        except RunError as error:
            run.report.error, logged = run.report.error or str(error), False
        run.progress.stop()
        RunEnd(self.logger, run.report.as_dict()).tell(
            run_line(run.report, logged=logged), logged=logged
        )

    def setup_mapper(self) -> None:
        """Prepare the stream maps."""
        mapper = Mapper(plugin_config=dict(self.config), logger=self.logger)
        mapper.register_raw_streams_from_catalog(self.catalog)
        self.mapper = mapper

    @property
    def mapper(self) -> PluginMapper:
        """The stream maps of the run."""
        try:
            return super().mapper
        except MapperNotInitialized:
            self.setup_mapper()
            return super().mapper

    @mapper.setter
    def mapper(self, mapper: PluginMapper) -> None:
        PluginBase.mapper.fset(self, mapper)  # type: ignore[attr-defined]  # mypy sees no property

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's own would quote values, which may be secrets.
        self.append_builtin_config(self.config_jsonschema)
        prepared = self._prepared
        problems = prepared.problems if raise_errors else prepared.discovery_problems
        if problems:
            if raise_errors:
                problems = [*problems, *report_refusal(self.settings, " ".join(problems))]
            problems = [shown(problem, LONGEST_MESSAGE) for problem in problems]
            summary = "The configuration is not valid."
            refusal = ConfigValidationError(summary, errors=problems, schema=self.config_jsonschema)
            for problem in problems:
                # Who runs the tap from Python sees them below the traceback.
                refusal.add_note(problem)
            raise refusal
        return problems


def _read_config(
    config: Mapping[str, Any] | PurePath | str | list[PurePath | str],
) -> tuple[dict[str, JSON], UnreadableError | None]:
    """The settings as they are given to a tap: themselves, or in one or several files."""
    if isinstance(config, Mapping):
        return dict(config), None
    return read_settings(map(str, config if isinstance(config, list) else [config]))


def _named(error: BaseException) -> str:
    if isinstance(error, Terminated):
        return error.reason
    if isinstance(error, BrokenPipeError):
        return "the target closed the pipe"
    return str(error) or type(error).__name__
