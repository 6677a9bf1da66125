"""The tap as a command: where its files are read, and how everything that goes wrong ends it."""

from __future__ import annotations

import io
import logging
import os
import re
import select
import sys
import threading
from contextlib import contextmanager
from importlib.metadata import distribution
from typing import TYPE_CHECKING, Any, NoReturn

import click
from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError

from tap_analytics import __version__
from tap_analytics.config.loading import (
    UnreadableError,
    check_input,
    json_object,
    read_environment,
    read_settings,
    read_text,
)
from tap_analytics.config.prepare import prepare_config
from tap_analytics.exceptions import RunFailedError, TapError, Terminated
from tap_analytics.log_fields import fields
from tap_analytics.records.names import shown
from tap_analytics.records.plain_lines import LONGEST_MESSAGE
from tap_analytics.streams.registry import built_in_streams
from tap_analytics.sync.run import report_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from tap_analytics.records.json import JSON


_UNREADABLE = f"{__name__}.unreadable"
"""Where the command keeps what it found wrong with the files of its configuration."""

_STDERR = 2
_SECONDS_TO_END = 5.0
"""After a signal: far more than it takes, and less than what waits for it before it kills."""


class CommandLine(Tap):
    """The SDK's command, whose every end is a sentence and an exit code."""

    @classmethod
    def get_plugin_version(cls) -> str:
        """The version of the tap. The SDK would look for it in the package's metadata."""
        return __version__

    @classmethod
    def get_sdk_version(cls) -> str:
        """The version of the SDK, without the parser of e-mails that the SDK would load for it."""
        metadata = distribution("singer-sdk").read_text("METADATA") or ""
        found = re.search(r"^Version: (.+)$", metadata, re.MULTILINE)
        return found[1] if found else super().get_sdk_version()

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The SDK's command; `__main__.py` has the one beside it."""
        command = super().get_singer_command()
        command.epilog = (
            "Further commands: check (tries the configuration), init-resource (proposes a "
            "resource), report (shows reports of runs); tap-analytics COMMAND --help tells more."
        )
        return command

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:  # noqa: ANN401  # the SDK's own class
        """Read the configuration; what is in the environment wins.

        A file that cannot be read is told where the command begins: a run reports it, at the path
        that the other files or the environment name.
        """
        given = super().cb_config(ctx, param, ())
        given.config, unreadable = read_settings(each for each in value if each != "ENV")
        if "ENV" in value:
            try:
                given.config |= cls._environment()
            except UnreadableError as error:
                unreadable = unreadable or error
        ctx.meta[_UNREADABLE] = unreadable
        return given

    @classmethod
    def read_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> dict[str, Any]:
        """Read the configuration for a command beside the tap's own, which has no run to report.

        Raises:
            ClickException: A file cannot be read.
        """
        given: dict[str, Any] = dict(cls.cb_config(ctx, param, value or ("ENV",)).config)
        try:
            _refuse_unreadable(ctx)
        except TapError as error:
            raise click.ClickException(shown(str(error), LONGEST_MESSAGE)) from None
        return given

    @classmethod
    def _environment(cls) -> dict[str, JSON]:
        cls.append_builtin_config(cls.config_jsonschema)
        return read_environment(cls.config_jsonschema, f"{cls.name.upper().replace('-', '_')}_")

    @classmethod
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:  # noqa: FBT001  # the SDK's own
        """Discover; a sample that cannot be read ends in a sentence and exit code 1."""
        with cls._ending_in_a_sentence():
            if value:
                _refuse_unreadable(ctx)
            super().cb_discover(ctx, param, value)

    @classmethod
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Read a few records; whatever goes wrong ends in a sentence and exit code 1."""
        with cls._ending_in_a_sentence():
            if value != param.default:
                _refuse_unreadable(ctx)
            super().cb_test(ctx, param, value)

    @classmethod
    def _report_unreadable(cls, config: Any, error: str) -> None:  # noqa: ANN401  # the SDK's own class
        """Report a run whose files cannot be read, where what can be read names a report."""
        prepared = prepare_config(config.config if config else {}, built_in_streams())
        for sentence in report_refusal(prepared.settings, error):
            cls.logger.error(sentence, extra=fields("refused"))

    @classmethod
    def invoke(cls, **kwargs: Any) -> None:  # noqa: ANN401  # the SDK's own, handed on
        """Run the command; everything that goes wrong ends in a sentence and exit code 1."""
        try:
            _refuse_unreadable(click.get_current_context(silent=True))
            for name in ("state", "catalog"):
                if (file := kwargs.get(name)) is not None:
                    source = f"The {name} file {shown(file.name, 200)}"
                    text = read_text(file.buffer.read, source)
                    check_input(name, json_object(text, source), source)
                    kwargs[name] = io.StringIO(text)
        except TapError as error:
            if not kwargs.get("about"):
                cls._report_unreadable(kwargs.get("config"), str(error))
            raise click.ClickException(shown(str(error), LONGEST_MESSAGE)) from None
        with cls._ending_in_a_sentence():
            super().invoke(**kwargs)

    @classmethod
    def terminate(cls, signum: int, _frame: FrameType | None) -> NoReturn:
        """End the run, because a signal asks for it.

        Raises:
            Terminated: Always.
        """
        # Who sends it may have read the log so far: where nobody does, the next line waits for
        # ever. Another program that runs the tap is not the tap's to end.
        if click.get_current_context(silent=True) is not None:
            if _nobody_reads_the_log():
                logging.disable()
            end = threading.Timer(_SECONDS_TO_END, os._exit, (128 + signum,))
            end.daemon = True
            end.start()
        message = f"stopped by signal {signum}"
        raise Terminated(128 + signum, message)

    @classmethod
    @contextmanager
    def _ending_in_a_sentence(cls) -> Iterator[None]:
        """Whatever goes wrong within ends the process with a sentence and a code."""
        try:
            yield
            # What Python has not written yet can still fail.
            sys.stdout.flush()
        except ConfigValidationError as error:
            for problem in error.errors:
                cls.logger.error(problem, extra=fields("refused"))  # noqa: TRY400
            sys.exit(1)
        except BrokenPipeError:
            # A target that has died, or `head -1`: nobody is there to read a traceback.
            closed = "The target closed the pipe: nothing more can be written."
            cls.logger.error(closed, extra=fields("stopped"))  # noqa: TRY400
            _abandon_output(1)
        except Terminated as end:
            cls.logger.warning("The run was %s.", end.reason, extra=fields("stopped"))
            _abandon_output(end.code)
        except OSError as error:
            unwritten = f"The output could not be written: {error}."
            cls.logger.error(unwritten, extra=fields("stopped"))  # noqa: TRY400
            _abandon_output(1)
        except RunFailedError:
            sys.exit(1)
        except TapError as error:
            # Such as a sample that could not be read, before there was a run to report on.
            raise click.ClickException(shown(str(error), LONGEST_MESSAGE)) from None


def _refuse_unreadable(ctx: click.Context | None) -> None:
    """Raise what was found when the configuration's files were read."""
    error = ctx.meta.get(_UNREADABLE) if ctx else None
    if error is not None:
        raise error


def _nobody_reads_the_log() -> bool:
    """Whether standard error takes nothing more for now; only of a pipe or a socket is it known."""
    try:
        return not select.select([], [_STDERR], [], 0)[1]
    except (OSError, ValueError):
        return False


def _abandon_output(code: int) -> NoReturn:
    """Exit at once, without another attempt to write what the target will not read."""
    sys.stderr.flush()
    os._exit(code)
