"""The executable: the tap itself, or one of the commands beside it."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from tap_analytics.tap import TapAnalytics

COMMANDS = ("check", "init-resource", "report")

TEST = "--test"
"""The SDK's option for what `check` does; `--test=schema` stays the SDK's."""


def main() -> None:
    """Run what the arguments name; `meltano invoke` puts its own in front of the user's."""
    # What is imported stays as long as the run: looking for garbage in it, now and in every later
    # collection, costs more than all of the tap's own imports.
    gc.disable()
    from tap_analytics.tap import TapAnalytics  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    arguments = ["check" if each == TEST else each for each in sys.argv[1:]]
    name = next((each for each in COMMANDS if each in arguments), None)
    if name is None:
        TapAnalytics.cli()
    else:
        arguments.remove(name)
        command_of(name, TapAnalytics).main(arguments, prog_name=f"tap-analytics {name}")


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
