"""The runs as one HTML page that needs nothing beside itself: no script, no font, no request."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from tap_analytics.records.names import several, shown
from tap_analytics.reporting.history import newest_by_name
from tap_analytics.reporting.views.plots import bars, strip
from tap_analytics.reporting.views.run_table import COLUMNS, NUMBERS, cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Report = Mapping[str, Any]

_STYLE = """
:root { color-scheme: light dark; --text: #1d2330; --soft: #667; --line: #d8dbe2; --back: #fff;
  --proven: #2f8f5b; --not: #d9a21b; --failed: #c8402f; --other: #7a86a0; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8ee; --soft: #9aa; --line: #3a4150;
  --back: #14171d; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
  margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .2rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } td.number, th.number { text-align: right; padding-right: 1.5rem; }
.plots { display: grid; gap: .5rem 2rem;
  grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); }
figure { margin: 0; min-width: 0; } figcaption { color: var(--soft); font-size: .85rem; }
@media (max-width: 30rem) { .plots { grid-template-columns: 1fr; } }
svg { width: 100%; height: auto; display: block; }
svg .axis { stroke: var(--line); } svg .tick { fill: var(--soft); font-size: 11px; }
svg .proven { fill: var(--proven); } svg .not { fill: var(--not); }
svg .failed { fill: var(--failed); } svg .other { fill: var(--other); }
b.proven { color: var(--proven); } b.not { color: var(--not); } b.failed { color: var(--failed); }
.key span { margin-right: 1rem; } .key i { display: inline-block; width: .8em; height: .8em;
  margin-right: .3em; border-radius: 2px; }
"""

_KEY = (
    ("proven", "proven", "--proven"),
    ("not", "not proven", "--not"),
    ("failed", "failed, or not ended", "--failed"),
    ("other", "not verified", "--other"),
)


def page(reports: Sequence[Report]) -> str:
    """The page.

    Args:
        reports: At least one, the oldest first.
    """
    names = newest_by_name(reports)
    sections = [
        _section(name, [report for report in reports if str(report["name"]) == name])
        for name in names
    ]
    key = "".join(
        f'<span><i style="background: var({colour})"></i>{text}</span>' for _, text, colour in _KEY
    )
    first, last = (_moment(report) for report in (reports[0], reports[-1]))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Runs of tap-analytics</title><style>{_STYLE}</style></head><body>"
        f'<h1>Runs of tap-analytics</h1><p class="soft">{several(len(reports), "run")} from '
        f'{first} to {last} (UTC)</p><p class="key soft">{key}</p>'
        f"{''.join(sections)}</body></html>\n"
    )


def kind_of(part: Mapping[str, Any]) -> str:
    """The class of a run or a stream: how it ended."""
    if part["status"] != "succeeded":
        return "failed"
    return {"proven": "proven", "not proven": "not"}.get(str(part["verdict"]), "other")


def _section(name: str, runs: Sequence[Report]) -> str:
    """The runs of one configuration."""
    newest = runs[-1]
    state = newest["verdict"] if newest["status"] == "succeeded" else newest["status"]
    plots = _plots(runs, [_tip(run, run) for run in runs])
    return (
        f"<h2>{_text(name)}</h2><p>The last run, {_moment(newest)}: "
        f'<b class="{kind_of(newest)}">{_text(state)}</b>, {several(newest["records"], "record")}, '
        f"{several(newest['requests'], 'request')}, {newest['seconds']:.1f} s</p>"
        f'<div class="plots">{plots}</div>'
        f"<h3>Streams of the last run</h3>{_table(newest)}"
        f"{_errors(runs)}{_streams(runs)}"
    )


def _table(run: Report) -> str:
    heads = "".join(f"<th{_aligned(name)}>{name}</th>" for name in COLUMNS)
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{_aligned(name)}>{_text(cell, 400)}</td>"
            for name, cell in zip(COLUMNS, cells(part), strict=True)
        )
        + "</tr>"
        for part in run["streams"]
    )
    return f'<div class="scroll"><table><tr>{heads}</tr>{rows}</table></div>'


def _streams(runs: Sequence[Report]) -> str:
    """Of each stream its verdicts, records, requests and seconds over the runs."""
    names = dict.fromkeys(str(part["name"]) for run in runs for part in run["streams"])
    sections = []
    for name in names:
        parts = [
            (run, part) for run in runs for part in run["streams"] if str(part["name"]) == name
        ]
        plots = _plots([part for _, part in parts], [_tip(*pair) for pair in parts])
        sections.append(f'<h3>{_text(name)}</h3><div class="plots">{plots}</div>')
    return "".join(sections)


def _plots(measured: Sequence[Mapping[str, Any]], tips: Sequence[str]) -> str:
    """The plots of runs, or of the parts of one stream."""
    kinds = [kind_of(each) for each in measured]
    drawn = [f"<figure><figcaption>verdict</figcaption>{strip(tips, kinds)}</figure>"]
    for field in ("records", "requests", "seconds"):
        values = [each[field] for each in measured]
        labels = [f"{tip}: {value:,} {field}" for tip, value in zip(tips, values, strict=True)]
        plot = bars(values, labels, kinds)
        drawn.append(f"<figure><figcaption>{field}</figcaption>{plot}</figure>")
    return "".join(drawn)


def _errors(runs: Sequence[Report]) -> str:
    """What went wrong, the newest first."""
    rows = [
        f"<tr><td>{_moment(run)}</td><td>{_text(where)}</td><td>{_text(what, 400)}</td></tr>"
        for run in reversed(runs)
        for where, what in _problems(run)
    ]
    if not rows:
        return ""
    return (
        '<h3>Errors, and reasons why something is not proven</h3><div class="scroll"><table>'
        f"<tr><th>run</th><th>stream</th><th>what</th></tr>{''.join(rows)}</table></div>"
    )


def _problems(run: Report) -> list[tuple[str, object]]:
    problems: list[tuple[str, object]] = []
    if run.get("error"):
        problems.append(("the run", run["error"]))
    for part in run["streams"]:
        if part.get("error"):
            problems.append((part["name"], part["error"]))
        elif part["verdict"] == "not proven":
            problems += [(part["name"], reason) for reason in part.get("reasons", [])]
    return problems


def _tip(run: Report, part: Mapping[str, Any]) -> str:
    return shown(f"{run['started_at'][:19]} {part['status']}, {part['verdict']}")


def _moment(run: Report) -> str:
    return _text(str(run["started_at"])[:19].replace("T", " "))


def _aligned(column: str) -> str:
    return ' class="number"' if column in NUMBERS else ""


def _text(value: object, length: int = 60) -> str:
    """Text from outside, for HTML."""
    return escape(shown(str(value), length))
