"""Show reports of runs, as a table or as a page: of one file, or of a directory of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tap_analytics.exceptions import TapError
from tap_analytics.records.names import shown
from tap_analytics.reporting.history import newest_by_name, read_reports
from tap_analytics.reporting.views.run_table import COLUMNS, cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Report = Mapping[str, Any]

RUN_COLUMNS = (
    "started",
    "name",
    "result",
    "verdict",
    "records",
    "requests",
    "seconds",
    "what to look at",
)
MOST_LOOKED_AT = 3


@click.command(help=__doc__)
@click.argument("paths", nargs=-1, required=True)
@click.option("--last", type=click.IntRange(min=1), help="Only the last so many runs.")
@click.option("--format", "as_", type=click.Choice(["table", "html"]), default="table")
@click.option("--output", help="The file to write to, instead of standard output.")
@click.option(
    "--fail-on",
    type=click.Choice(["failed", "not-proven"]),
    help="Exit code 1 where the last run of any name failed, or is not proven; a run that has not "
    "ended, and a report that cannot be read, count as failed.",
)
# Meltano hands these to whatever it invokes of a tap.
@click.option("--config", "--catalog", "--state", hidden=True, multiple=True, expose_value=False)
def report(
    paths: tuple[str, ...], last: int | None, as_: str, output: str | None, fail_on: str | None
) -> None:
    """Print the reports, and exit with 1 where `fail_on` says so."""
    try:
        reports, unread = read_reports(paths)
    except TapError as error:
        raise click.ClickException(str(error)) from None
    for sentence in unread:
        # It may be the newest one.
        click.echo(f"Warning: {sentence}", err=True)
    shown_reports = reports[-last:] if last else reports
    if as_ == "html":
        # Loaded where it is written.
        from tap_analytics.reporting.views.page import page  # noqa: PLC0415

        _write(page(shown_reports), output)
    else:
        _write(_tables(shown_reports), output)
    if fail_on is not None and (unread or alarming(reports, fail_on)):
        sys.exit(1)


def alarming(reports: Sequence[Report], fail_on: str) -> list[str]:
    """The names whose last run is a reason for an alert.

    Args:
        reports: The oldest first.
        fail_on: `failed` or `not-proven`.
    """
    return [
        name
        for name, newest in newest_by_name(reports).items()
        if newest["status"] != "succeeded"
        or (fail_on == "not-proven" and newest["verdict"] == "not proven")
    ]


def run_cells(run: Report) -> tuple[str, ...]:
    """The row of one run."""
    return (
        shown(str(run["started_at"]))[:19].replace("T", " "),
        shown(str(run["name"])),
        shown(run["status"]),
        shown(run["verdict"]),
        f"{run['records']:,}",
        f"{run['requests']:,}",
        f"{run['seconds']:.1f}",
        look_at(run),
    )


def look_at(run: Report) -> str:
    """What of a run is not as it should be: its error, or the streams that are not proven."""
    if run.get("error"):
        return shown(str(run["error"]), 200)
    streams = [
        shown(str(part["name"]))
        for part in run["streams"]
        if part["status"] != "succeeded" or part["verdict"] == "not proven"
    ]
    more = len(streams) - MOST_LOOKED_AT
    return ", ".join(streams[:MOST_LOOKED_AT]) + (f" and {more} more" if more > 0 else "")


def _tables(reports: Sequence[Report]) -> str:
    """The runs as a table; of a single run its streams as well, and why they failed."""
    # Loaded where it is drawn.
    from tap_analytics.reporting.views.rich_table import console, table  # noqa: PLC0415

    screen = console()
    with screen.capture() as drawn:
        screen.print(table(screen, RUN_COLUMNS, [*map(run_cells, reports)]))
        if len(reports) == 1:
            parts = reports[0]["streams"]
            screen.print(table(screen, COLUMNS, [*map(cells, parts)]))
            for part in parts:
                sentences = [part["error"]] if part.get("error") else part.get("reasons", [])
                for sentence in sentences:
                    text = f"{shown(str(part['name']))}: {shown(str(sentence), 400)}"
                    screen.print(text, markup=False)
    return drawn.get()


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{output} cannot be written: {error.strerror}."
        raise click.ClickException(message) from None
