"""The executable: the tap itself, or one of the commands beside it."""

from __future__ import annotations

import gc
import os
import sys
from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

    from tap_analytics.tap import TapAnalytics

COMMANDS = ("check", "init-resource", "report")

COMPLETION = "_TAP_ANALYTICS_COMPLETE"
"""Set by a shell that asks what may follow on the command line, as click defines it."""

TEST = "--test"
"""The SDK's option for what `check` does; `--test=schema` stays the SDK's."""


def main() -> None:
    """Run what the arguments name; `meltano invoke` puts its own in front of the user's."""
    open_standard_streams()
    # What is imported stays as long as the run: looking for garbage in it, now and in every later
    # collection, costs more than all of the tap's own imports.
    gc.disable()
    from tap_analytics.tap import TapAnalytics  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    if COMPLETION in os.environ:
        completed(TapAnalytics).main(prog_name="tap-analytics")
    arguments = ["check" if each == TEST else each for each in sys.argv[1:]]
    name = next((each for each in COMMANDS if each in arguments), None)
    if name is None:
        refuse_unknown_command(arguments)
        TapAnalytics.cli()
    else:
        arguments.remove(name)
        command_of(name, TapAnalytics).main(arguments, prog_name=f"tap-analytics {name}")


def open_standard_streams() -> None:
    """Open what the caller has closed: else the first file or socket would take its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8"))
            if name == "stdout":
                sys.exit("Error: The standard output is closed: nobody would get the records.")


def refuse_unknown_command(arguments: Sequence[str]) -> None:
    """End with a sentence where the first argument is a word: no option's value stands there."""
    if arguments and not arguments[0].startswith("-"):
        known = ", ".join(f"`{each}`" for each in COMMANDS)
        sentence = f"There is no command {arguments[0]!r}: there are {known}, and options alone."
        sys.exit(f"Error: {sentence} `tap-analytics --help` tells more.")


def completed(tap_class: type[TapAnalytics]) -> click.Group:
    """All commands and the tap's own options in one, for a shell that completes a line."""
    import click  # noqa: PLC0415  # only here

    options = [copy(option) for option in tap_class.get_singer_command().params]
    for option in options:
        # Nothing is run while a line is completed, such as a discovery.
        option.callback = None
    commands = {name: command_of(name, tap_class) for name in COMMANDS}
    for command in commands.values():
        for option in command.params:
            option.callback = None
    return click.Group("tap-analytics", params=options, commands=commands)


def command_of(name: str, tap_class: type[TapAnalytics]) -> click.Command:
    """One of `COMMANDS`, imported when it is wanted: a sync need not load it."""
    if name == "check":
        from tap_analytics.check.command import command as check  # noqa: PLC0415

        return check(tap_class)
    if name == "report":
        from tap_analytics.reporting.command import report  # noqa: PLC0415

        return report
    from tap_analytics.init_resource.command import command as init_resource  # noqa: PLC0415

    return init_resource(tap_class)


if __name__ == "__main__":
    main()
