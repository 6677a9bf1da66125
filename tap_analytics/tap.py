"""The tap: its settings, its streams, and one run from start to report."""

from __future__ import annotations

import io
import os
import sys
from copy import deepcopy
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import click
from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from tap_analytics.config import settings
from tap_analytics.config.loading import (
    from_environment,
    json_object,
    read_object,
    reject_state_message,
)
from tap_analytics.config.prepare import configuration
from tap_analytics.exceptions import RunError, TapError
from tap_analytics.records.writer import MessageWriter
from tap_analytics.streams.discovery import discover
from tap_analytics.sync.run import RunContext

if TYPE_CHECKING:
    from types import FrameType

    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.clock import Clock


class RunFailedError(TapError):
    """Something failed; the log has said what."""


class TapAnalytics(Tap):
    """Reads REST APIs with OAuth2 and page numbers, and proves that each sync is complete."""

    name = "tap-analytics"
    package_name = "tap-analytics"
    # A copy: the SDK adds its own settings to it in place.
    config_jsonschema: ClassVar[dict[str, Any]] = deepcopy(settings.SETTINGS)
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

    @cached_property
    def run(self) -> RunContext:
        """What all streams of this run share."""
        return RunContext(self.config)

    def use_clock(self, clock: Clock) -> None:
        """Wait with another clock from now on, such as one whose waits pass at once."""
        self.run = RunContext(self.config, clock)

    def discover_streams(self) -> list[AnalyticsStream]:
        """The streams that the settings name; see `discovery.py`."""
        return discover(self, self.input_catalog)

    def sync_all(self) -> None:  # type: ignore[misc]  # the SDK's has no end to report at
        """Sync every selected stream, then report.

        Raises:
            RunFailedError: A stream failed, or the run was stopped; the others are out.
        """
        try:
            super().sync_all()
        except RunError:
            # It stands in the report already: what follows says so and ends the run.
            self.logger.debug("The run was stopped.", exc_info=True)
        except BaseException as error:
            self.run.report.error = _named(error)
            raise
        finally:
            self._finish()
        if self.run.report.error or self.run.report.failed():
            raise RunFailedError(self.run.report.line())

    def _finish(self) -> None:
        run = self.run
        if run.fatal_error:
            run.report.error = str(run.fatal_error)
        for stream in run.report.streams:
            self.logger.info(stream.line())
        failed = run.report.error or run.report.failed()
        (self.logger.error if failed else self.logger.info)(run.report.line())
        run.close()
        if path := self.config.get("report_path"):
            try:
                run.report.write(path)
            except OSError as error:
                self.logger.error("The report could not be written: %s.", error)  # noqa: TRY400

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self.append_builtin_config(self.config_jsonschema)
        read = configuration(self._config)
        self._config = read.settings
        found = read.problems if raise_errors else read.discovery_problems
        if found:
            summary = "The configuration cannot work."
            raise ConfigValidationError(summary, errors=found, schema=self.config_jsonschema)
        return found

    def _handle_termination(self, signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG002
        # Nothing is written from here: the writer may be in the middle of a line. What went out
        # is true already, since state is only written behind the records it speaks of.
        message = f"stopped by signal {signum}"
        raise Terminated(128 + signum, message)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The SDK's command; `__main__.py` has the one beside it."""
        command = super().get_singer_command()
        command.epilog = "See also: tap-analytics init-resource --help"
        return command

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:  # noqa: ANN401  # the SDK's own class
        """Read the configuration; what is in the environment wins."""
        given = super().cb_config(ctx, param, ())
        try:
            for path in value:
                if path != "ENV":
                    given.config |= read_object(path, "configuration")
        except TapError as error:
            raise click.ClickException(str(error)) from None
        if "ENV" in value:
            cls.append_builtin_config(cls.config_jsonschema)
            given.config |= from_environment(cls.config_jsonschema, cls._env_var_prefix)
        return given

    @classmethod
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:  # noqa: FBT001  # the SDK's own
        """Discover; a sample that cannot be read ends in a sentence and exit code 1."""
        try:
            super().cb_discover(ctx, param, value)
        except TapError as error:
            raise click.ClickException(str(error)) from None

    @classmethod
    def invoke(cls, **kwargs: Any) -> None:  # noqa: ANN401  # the SDK's own, handed on
        """Run the command; everything that goes wrong ends in a sentence and exit code 1."""
        try:
            for name in ("state", "catalog"):
                if (file := kwargs.get(name)) is not None:
                    text = file.read()
                    named = f"The {name} file {file.name}"
                    reject_state_message(json_object(text, named), named)
                    kwargs[name] = io.StringIO(text)
        except TapError as error:
            raise click.ClickException(str(error)) from None
        try:
            super().invoke(**kwargs)
        except BrokenPipeError:
            # A target that has died, or `head -1`: nobody is there to read a traceback.
            cls.logger.error("The target closed the pipe: nothing more can be written.")  # noqa: TRY400
            _abandon_output(1)
        except Terminated as end:
            cls.logger.warning("The run was %s.", end.reason)
            _abandon_output(end.code)
        except OSError as error:
            cls.logger.error("The output could not be written: %s.", error)  # noqa: TRY400
            _abandon_output(1)
        except RunFailedError:
            sys.exit(1)
        except TapError as error:
            # Such as a sample that could not be read, before there was a run to report on.
            raise click.ClickException(str(error)) from None


class Terminated(SystemExit):
    """A signal ended the run."""

    def __init__(self, code: int, reason: str) -> None:
        """Exit with this code.

        Args:
            code: 128 and the signal's number, as shells count.
            reason: What happened.
        """
        super().__init__(code)
        self.code: int = code
        self.reason = reason


def _named(error: BaseException) -> str:
    if isinstance(error, Terminated):
        return error.reason
    if isinstance(error, BrokenPipeError):
        return "the target closed the pipe"
    return str(error) or type(error).__name__


def _abandon_output(code: int) -> NoReturn:
    """Exit at once, without another attempt to write what the target will not read."""
    sys.stderr.flush()
    os._exit(code)
