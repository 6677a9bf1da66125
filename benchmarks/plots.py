"""The two plots: throughput by peer, and time against latency by concurrency.

pygal is imported where it draws: it has no type hints, and a run without it still measures.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks import stats
from benchmarks.scenarios import (
    CONCURRENCIES,
    LATENCY_MS,
    SWEEP_MS,
    concurrency_label,
    latency_name,
)

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.runner import Results


COLORS = ("#9ecae1", "#4292c6", "#08519c", "#08306b", "#d94801", "#238b45", "#737373", "#6a51a3")


def plot(results: Results, folder: Path) -> list[str]:
    """Draw what was measured into SVG files below `folder` and return their names."""
    drawn = []
    loopback = [name for name in results.titles if name.startswith("loopback-")]
    loopback = [name for name in loopback if results.peers(name)]
    if loopback:
        drawn.append(_throughput(results, loopback, folder / "benchmarks-throughput.svg"))
    latencies = [ms for ms in sorted((*SWEEP_MS, LATENCY_MS)) if latency_name(ms) in results.titles]
    if latencies:
        drawn.append(_latency(results, latencies, folder / "benchmarks-latency.svg"))
    return drawn


def _throughput(results: Results, scenarios: list[str], path: Path) -> str:
    """Draw a bar for each peer in each scenario without latency."""
    chart = import_module("pygal").HorizontalBar(
        title="Rows a second, no latency (median)", print_values=True, **look()
    )
    chart.value_formatter = lambda value: f"{value:,.0f}"
    peers = results.peers(scenarios[0])
    peers.reverse()  # The first bar is drawn at the bottom.
    chart.x_labels = peers
    for name in scenarios:
        values = [_rows_a_second(results, name, peer) for peer in peers]
        chart.add(results.titles[name].rpartition(" in ")[2], values)
    return _write(chart, path)


def _rows_a_second(results: Results, scenario: str, peer: str) -> float | None:
    """Return a bar's length; None where the peer has no result."""
    if not results.of(scenario, peer):
        return None
    return stats.of(results, scenario, peer, lambda s: s.rows / s.wall).median


def _latency(results: Results, latencies: list[int], path: Path) -> str:
    """Draw a line for each concurrency, over the latency of an answer."""
    title = results.titles[latency_name(latencies[0])].partition(", ")[2]
    chart = import_module("pygal").XY(
        title=f"Seconds for {title}",
        x_title="milliseconds an answer",
        y_title="seconds",
        include_x_axis=True,
        **look(),
    )
    peers = {peer: None for ms in latencies for peer in results.peers(latency_name(ms))}
    ours = {concurrency_label(concurrency) for concurrency in CONCURRENCIES}
    for peer in sorted(peers, key=lambda peer: peer not in ours):
        points = [
            (ms, stats.of(results, latency_name(ms), peer, lambda s: s.wall).median)
            for ms in latencies
            if results.of(latency_name(ms), peer)
        ]
        chart.add(peer, points)
    return _write(chart, path)


def look() -> dict[str, Any]:
    """Return what both plots share: no scripts and nothing fetched from elsewhere."""
    style = import_module("pygal.style").CleanStyle(
        background="white",
        plot_background="white",
        font_family="sans-serif",
        value_font_size=11,
        colors=COLORS,
    )
    return {
        "style": style,
        "js": (),
        "width": 900,
        "height": 480,
        "legend_at_bottom": True,
        "truncate_legend": -1,
        "truncate_label": -1,
    }


def _write(chart: Any, path: Path) -> str:  # noqa: ANN401 - pygal has no type hints
    """Write a chart and return its file's name."""
    path.write_bytes(chart.render())
    return path.name
