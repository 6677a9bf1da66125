"""The executable: the tap itself, or `init-resource`."""

from __future__ import annotations

import gc
import sys

INIT_RESOURCE = "init-resource"


def main() -> None:
    """Run what the arguments name; `meltano invoke` puts its own in front of the user's."""
    # What is imported stays as long as the run: looking for garbage in it, now and in every later
    # collection, costs more than all of the tap's own imports.
    gc.disable()
    from tap_analytics.tap import TapAnalytics  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    arguments = sys.argv[1:]
    if INIT_RESOURCE not in arguments:
        TapAnalytics.cli()
    # Imported where it is needed: a sync should not wait for what only this command loads.
    from tap_analytics.init_resource.command import command  # noqa: PLC0415

    arguments.remove(INIT_RESOURCE)
    command(TapAnalytics).main(arguments, prog_name=f"tap-analytics {INIT_RESOURCE}")


if __name__ == "__main__":
    main()
