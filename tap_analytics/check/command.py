"""Try the configuration: the token, a page of each selected stream, and what runs will cost."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from tap_analytics.check.checks import check
from tap_analytics.config.loading import read_object
from tap_analytics.exceptions import TapError
from tap_analytics.records.names import several, shown
from tap_analytics.reporting.progress import duration

if TYPE_CHECKING:
    from tap_analytics.check.findings import Cost, Findings
    from tap_analytics.tap import TapAnalytics

COLUMNS = (
    "stream",
    "result",
    "read by",
    "records",
    "requests",
    "time",
    "hourly requests",
    "hourly time",
)

_CONCLUSIONS = {
    "ok": "It works.",
    "warning": "It works, with warnings.",
    "failed": "Something fails.",
}


def command(tap_class: type[TapAnalytics]) -> click.Command:
    """The command line of `check`.

    Args:
        tap_class: The tap, whose settings say how to connect.
    """

    @click.command(help=__doc__)
    @click.option(
        "--config",
        multiple=True,
        callback=tap_class.read_config,
        help="A configuration file, or ENV; the environment where none is given.",
    )
    @click.option("--catalog", help="A catalog, which says what is selected; else everything is.")
    # Meltano hands it to whatever it invokes of a tap.
    @click.option("--state", hidden=True, multiple=True, expose_value=False)
    @click.option("--format", "as_", type=click.Choice(["table", "json"]), default="table")
    def run_check(config: dict[str, Any], catalog: str | None, as_: str) -> None:
        try:
            given = read_object(catalog, "catalog") if catalog else None
        except TapError as error:
            raise click.ClickException(str(error)) from None
        sys.exit(tell(check(tap_class, config, given), as_=as_))

    return run_check


def tell(findings: Findings, *, as_: str = "table") -> int:
    """Print what was found.

    Args:
        findings: What was found.
        as_: `table` or `json`.

    Returns:
        The exit code: 1 where something fails.
    """
    if as_ == "json":
        click.echo(json.dumps(findings.as_dict(), indent=2))
    else:
        _print(findings)
    return 1 if findings.result == "failed" else 0


def _print(findings: Findings) -> None:
    # Loaded where it is seen.
    from tap_analytics.reporting.views.rich_table import console, table  # noqa: PLC0415

    screen = console()
    rows = [
        (
            shown(stream.name),
            stream.result,
            stream.read_by or "-",
            *_costs(stream.full, stream.hourly),
        )
        for stream in findings.streams
    ]
    if rows:
        screen.print(table(screen, COLUMNS, rows))
    for sentence in findings.settings:
        click.echo(f"settings: {sentence}")
    for stream in findings.streams:
        if stream.because:
            click.echo(f"{shown(stream.name)}: read by {stream.read_by}: {stream.because}.")
        for note in stream.notes:
            click.echo(_sentence(stream.name, note))
    if findings.full and findings.hourly and rows:
        click.echo(_cost_of_runs(findings.full, findings.hourly))
    click.echo(_CONCLUSIONS[findings.result])


def _cost_of_runs(full: Cost, hourly: Cost) -> str:
    if full.requests is None and hourly.requests is None:
        return "What runs cost is not known."
    return (
        f"A full run sends {_requests(full)} and takes {_time(full)}; one "
        f"an hour later {_requests(hourly)}, {_time(hourly)}."
    )


def _sentence(stream: str, note: str) -> str:
    """A note with the stream's name in front, once."""
    name = shown(stream)
    text = note if note.startswith(f"{name}: ") else f"{name}: {note}"
    return text if text.endswith(".") else f"{text}."


def _costs(full: Cost | None, hourly: Cost | None) -> tuple[str, ...]:
    return (
        _number(full.records if full else None),
        _number(full.requests if full else None),
        _time(full),
        _number(hourly.requests if hourly else None),
        _time(hourly),
    )


def _number(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _requests(cost: Cost) -> str:
    if cost.requests is None:
        return "an unknown number of requests"
    return f"about {several(cost.requests, 'request')}"


def _time(cost: Cost | None) -> str:
    if cost is None or cost.seconds is None:
        return "unknown"
    return f"about {duration(cost.seconds)}"
