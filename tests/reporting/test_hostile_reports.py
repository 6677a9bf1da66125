"""A report file that somebody has tampered with: a sentence or text, and never code or a crash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tap_analytics.reporting.command import report
from tap_analytics.reporting.report import RunReport
from tests.support.slow import slow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE: list[Any] = [
    "<script>alert(1)</script>",
    "'\"><img src=x onerror=alert(1)>",
    "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "\u202etxt\u2028.\u2066",
    "[link=http://evil.example]x[/link]",
    "\ud800",
    "x" * 100_000,
    *(None, True, -1, float("inf"), float("nan"), 10**400, [], [1], {}, {"a": "b"}),
]


def whole() -> dict[str, Any]:
    made = RunReport("1.2.3", name="marketplace")
    stream = made.stream("buyers")
    stream.status, stream.verdict, stream.reasons = "succeeded", "not proven", ["it moved"]
    made.end()
    found = made.as_dict()
    found["streams"][0] |= {"lost": {"a": 1}, "kept": 2}
    return found


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  # any JSON
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in inner:
        yield (*at, step)
        if isinstance(item, dict | list):
            yield from places(item, (*at, step))


def changed(place: tuple[Any, ...], value: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    made = whole()
    holder: Any = made
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return made


EVERY = [(place, value) for place in places(whole()) for value in range(len(HOSTILE))]


@pytest.mark.parametrize("stride", [7, slow(1)])
def test_each_place_of_a_report_is_text_wherever_it_is_shown(stride: int, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    for place, number in EVERY[::stride]:
        path.write_text(json.dumps(changed(place, HOSTILE[number])), encoding="utf-8")
        for form in ("table", "html"):
            ended = CliRunner().invoke(report, [str(path), "--format", form, "--fail-on", "failed"])
            where = place, HOSTILE[number], form
            assert isinstance(ended.exception, SystemExit | None), where
            assert ended.output.replace("\n", "").isprintable(), where
            code = [part for part in ("<script", "<img", 'href="', "nan") if part in ended.output]
            assert form == "table" or code == [], where
