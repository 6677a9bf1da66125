"""`report` shows the reports of runs as tables and as a page, and says what needs a look."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tap_analytics.reporting.command import report
from tap_analytics.reporting.report import VERSION, RunReport

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def written(directory: Path, hour: int, **given: Any) -> Path:  # noqa: ANN401  # any field
    """The report of one run with one stream, as a run writes it."""
    made = RunReport("1.2.3", name="marketplace")
    stream = made.stream("buyers")
    stream.status, stream.verdict, stream.records = "succeeded", "proven", 100 + hour
    made.end()
    whole = made.as_dict() | {"started_at": f"2026-01-31T{hour:02}:00:00.000000Z"}
    of_stream = given.pop("stream", {})
    whole["streams"][0] |= of_stream
    path = directory / f"run-{hour:02}.json"
    path.write_text(json.dumps(whole | given), encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(report, arguments)


UNPROVEN = {"verdict": "not proven", "stream": {"verdict": "not proven", "reasons": ["it moved"]}}
FAILED = {"status": "failed", "verdict": "not proven", "error": "The client is refused."}


def test_a_directory_is_a_table_of_its_runs_the_oldest_first(tmp_path: Path) -> None:
    written(tmp_path, 9)
    written(tmp_path, 8, **UNPROVEN)
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    (tmp_path / "broken.json").write_text("no JSON", encoding="utf-8")
    ended = run(str(tmp_path))
    assert ended.exit_code == 0
    lines = [line for line in ended.stdout.splitlines() if "2026-01-31" in line]
    assert [line.split()[1] for line in lines] == ["08:00:00", "09:00:00"]
    assert "buyers" in lines[0], "what to look at"
    assert "buyers" not in lines[1]
    only_last = run(str(tmp_path), "--last", "1").stdout
    assert "08:00:00" not in only_last


def test_a_single_report_shows_its_streams_and_reasons(tmp_path: Path) -> None:
    ended = run(str(written(tmp_path, 8, **UNPROVEN)))
    assert "108" in ended.stdout
    assert "buyers: it moved" in ended.stdout


@pytest.mark.parametrize(
    ("last", "on_failed", "on_not_proven"),
    [({}, 0, 0), (UNPROVEN, 0, 1), (FAILED, 1, 1), ({"status": "running"}, 1, 1)],
)
def test_the_exit_code_is_an_alert_about_the_last_run(
    tmp_path: Path, last: dict[str, Any], on_failed: int, on_not_proven: int
) -> None:
    written(tmp_path, 8, **FAILED)
    written(tmp_path, 9, **json.loads(json.dumps(last)))
    assert run(str(tmp_path)).exit_code == 0
    assert run(str(tmp_path), "--fail-on", "failed").exit_code == on_failed
    assert run(str(tmp_path), "--fail-on", "not-proven").exit_code == on_not_proven


@pytest.mark.parametrize(
    "text", ['{"version": 2, "name"', None], ids=["cut off", "of a later format"]
)
def test_a_report_that_cannot_be_read_is_told_and_is_an_alert(
    tmp_path: Path, text: str | None
) -> None:
    """It may be the newest one: the older one, which is fine, would have been the answer."""
    written(tmp_path, 8)
    newest = written(tmp_path, 9, version=3)
    if text is not None:
        newest.write_text(text, encoding="utf-8")
    ended = run(str(tmp_path), "--last", "1", "--fail-on", "failed")
    assert ended.exit_code == 1
    assert str(newest) in ended.stderr
    assert "08:00:00" in ended.stdout
    assert run(str(tmp_path)).exit_code == 0
    newest.write_text('{"scripts": {}}', encoding="utf-8")
    ended = run(str(tmp_path), "--fail-on", "failed")
    assert (ended.exit_code, ended.stderr) == (0, ""), "no report at all"


def test_what_holds_no_report_is_refused_in_a_sentence(tmp_path: Path) -> None:
    ended = run(str(tmp_path))
    assert ended.exit_code == 1
    assert "holds no report: name the directory of `report_path`" in ended.stderr
    old = written(tmp_path, 8, version=VERSION - 1)
    assert "is no report that this version can read" in run(str(old)).stderr
    assert "cannot be read" in run(str(tmp_path / "missing.json")).stderr


class Page(HTMLParser):
    """What a page holds: its text, its elements, and every address in it."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.text = ""
        self.elements: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element."""
        self.elements.append(tag)
        self.addresses += [str(value) for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        """Take in text."""
        self.text += data


def test_the_page_has_plots_and_errors_and_fetches_nothing(tmp_path: Path) -> None:
    for hour in range(6):
        written(tmp_path, hour)
    written(tmp_path, 6, **FAILED | {"error": "<script>alert(1)</script>\x1b[2J"})
    written(tmp_path, 7, **UNPROVEN)
    output = tmp_path / "page.html"
    ended = run(str(tmp_path), "--format", "html", "--output", str(output))
    assert ended.exit_code == 0
    assert ended.stdout == ""
    text = output.read_text(encoding="utf-8")
    page = Page(text)
    assert page.addresses == []
    assert "script" not in page.elements
    assert "url(" not in text
    assert "default-src 'none'" in text
    assert "<script>alert(1)</script>\\x1b[2J" in page.text, "as text, on one line"
    assert "it moved" in page.text
    assert page.elements.count("svg") == 8, "verdict, records, requests, seconds: run and stream"
    assert page.elements.count("rect") == 8 * 8, "one for each run"
    assert 'class="failed"' in text


def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    written(tmp_path, 8)
    ended = run(str(tmp_path), "--format", "html", "--output", str(tmp_path / "no" / "page.html"))
    assert ended.exit_code == 1
    assert "cannot be written: No such file or directory" in ended.stderr
