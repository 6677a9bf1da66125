"""The executable: the tap itself, or `init-resource`."""

from __future__ import annotations

import sys

from tap_analytics.tap import TapAnalytics

INIT_RESOURCE = "init-resource"


def main() -> None:
    """Run what the arguments name; `meltano invoke` puts its own in front of the user's."""
    arguments = sys.argv[1:]
    if INIT_RESOURCE not in arguments:
        TapAnalytics.cli()
    # Imported where it is needed: a sync should not wait for what only this command loads.
    from tap_analytics.init_resource import command  # noqa: PLC0415

    arguments.remove(INIT_RESOURCE)
    command(TapAnalytics).main(arguments, prog_name=f"tap-analytics {INIT_RESOURCE}")


if __name__ == "__main__":
    main()
