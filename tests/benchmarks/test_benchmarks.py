"""The benchmark runs, counts honestly and judges by its own numbers. Nothing here is about time."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks import archive, counting, data, programs, same_output, servers
from benchmarks.goals import goals
from benchmarks.measure import Peer, PeerError, Sample, Source, measure
from benchmarks.report import report
from benchmarks.runner import Results, Runner
from benchmarks.scenarios import QUICK, Scenario, concurrency_label, latency_name
from benchmarks.stats import pairs, times_as_fast
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = 300


def _benchmark(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.dear
def test_a_small_run_measures_every_peer_and_writes_its_report(tmp_path: Path) -> None:
    saved = tmp_path / "run.json"
    arguments = ["--quick", "--records", str(RECORDS), "--only", "loopback-100"]
    arguments += ["--peers", concurrency_label(1), programs.PLAIN, programs.BARE]
    arguments += ["--docs", str(tmp_path), "--save", str(saved)]
    ended = _benchmark(*arguments)
    assert ended.returncode == 0, ended.stderr
    results = archive.load(saved).results
    assert set(results.peers("loopback-100")) == {
        concurrency_label(1),
        programs.PLAIN,
        programs.PLAIN_MSGSPEC,
        programs.BARE,
    }
    assert {sample.rows for sample in results.samples} == {RECORDS}
    text = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert all(peer in text for peer in results.peers("loopback-100"))
    assert str(tmp_path) not in text
    assert _benchmark(*arguments).returncode == 0
    assert archive.load(saved).results == results, "what is kept is not measured again"
    arguments[arguments.index("loopback-100")] = "startup-0"
    arguments[arguments.index(programs.BARE)] = programs.OURS
    added = _benchmark(*arguments)
    assert added.returncode == 0, added.stderr
    both = archive.load(saved)
    assert set(both.results.titles) == {"loopback-100", "startup-0"}
    assert len(both.commands) == 2
    text = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert all(title in text for title in both.results.titles.values())
    other = _benchmark(*arguments, "--repeat", "2")
    assert "other sizes" in other.stderr


def test_a_saved_run_gives_the_same_report_again(tmp_path: Path) -> None:
    run = archive.Run(["command"], "2024-01-01", {"cores": "2"}, {"dlt": "1"}, QUICK, _results())
    archive.save(tmp_path / "run.json", run)
    assert report(archive.load(tmp_path / "run.json"), []) == report(run, [])


def _messages(*keys: str) -> str:
    lines = [{"type": "RECORD", "stream": "s", "record": {"id": key}} for key in keys]
    return "\n".join(json.dumps(line) for line in [{"type": "SCHEMA"}, *lines])


def _peer(output: str, code: int = 0) -> Peer:
    program = f"import sys; print({output!r}); sys.exit({code})"
    return Peer("made up", lambda _, __: [[sys.executable, "-c", program]], counting.singer_rows)


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        (_peer(_messages("a")), "wrote 1 of 2 rows"),
        (_peer(_messages("a", "b", "c")), "wrote 3 of 2 rows"),
        (_peer(_messages("a", "a")), "only 1 different keys"),
        (_peer(_messages("a", "b"), code=3), r"exit codes \[3\]"),
    ],
)
def test_a_run_that_failed_or_lost_rows_is_no_result(peer: Peer, said: str, tmp_path: Path) -> None:
    with pytest.raises(PeerError, match=said):
        measure("scenario", peer, 0, Source("", records=2, page_size=2), tmp_path / "run")


@pytest.mark.parametrize("warm_up", [True, False])
def test_a_peer_that_loses_rows_has_no_result_and_the_others_go_on(
    tmp_path: Path, *, warm_up: bool
) -> None:
    whole, loser = _peer(_messages("a", "b")), replace(_peer(_messages("a")), name="loser")
    scenario = Scenario("one", "Title", 2, 2, repeat=2, peers=[whole, loser])
    results = Results()
    Runner(tmp_path, results, warm_up=warm_up).run(scenario)
    assert results.peers("one") == [whole.name]
    assert [sample.round for sample in results.samples] == [0, 1]
    assert results.failures == [("one", "loser", "loser wrote 1 of 2 rows in one.")]
    run = archive.Run(["command"], "2024-01-01", {}, {}, QUICK, results)
    assert "loser wrote 1 of 2 rows" in report(run, [])


def test_a_measured_run_has_a_cost_and_leaves_no_files(tmp_path: Path) -> None:
    source = Source("", records=2, page_size=2)
    sample = measure("scenario", _peer(_messages("a", "b")), 0, source, tmp_path / "run")
    assert sample.rows == 2
    assert sample.wall > 0
    assert sample.cpu > 0
    assert sample.peak > 1_000_000
    assert not (tmp_path / "run").exists()


def test_the_fallback_server_serves_what_nginx_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = data.write_pages(tmp_path / "pages", RECORDS, 100)
    answers = []
    for found in (True, False):
        if not found:
            monkeypatch.setattr("shutil.which", lambda *_, **__: None)
        with servers.static_server(tmp_path / "pages", tmp_path / "server") as server:
            url = f"{server.base_url}/{data.STREAM}?page="
            answers.append([_get(url + str(page)) for page in range(1, pages + 2)])
    assert server.kind == servers.FALLBACK
    assert answers[0] == answers[1]
    counts = [len(json.loads(answer)["results"]) for answer in answers[1]]
    assert counts == [100, 100, 100, 0]


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback
        body: bytes = answer.read()
        return body


def test_records_are_deterministic_and_of_the_promised_shape() -> None:
    assert data.record(7) == data.record(7)
    assert len({data.record(number)["id"] for number in range(1000)}) == 1000
    assert len(data.record(7)) == 17


def _results() -> Results:
    """Return ours at 2 s, plain at 8 s and dlt at 1 s, and a slower round of all of them."""
    walls = {programs.OURS: 2.0, programs.PLAIN: 8.0, programs.DLT_RAW: 1.0}
    samples = [
        Sample("loopback-100", peer, number, 100, wall * slower, 1.0, 50_000_000)
        for number, slower in enumerate((1.0, 3.0))
        for peer, wall in walls.items()
    ]
    name = latency_name(50)
    samples.append(Sample(name, concurrency_label(8), 0, 100, 0.1, 0.05, 50_000_000))
    samples.append(Sample("startup", programs.IMPORT_TAP, 0, 0, 0.06, 0.05, 50_000_000))
    titles = {"loopback-100": "No latency", name: "50 ms per response"}
    return Results(samples, titles, dict.fromkeys(titles, "server"))


def test_ratios_compare_only_runs_of_the_same_round() -> None:
    results = _results()
    ratio = pairs(
        results, ("loopback-100", programs.OURS), ("loopback-100", programs.PLAIN), times_as_fast
    )
    assert ratio is not None
    assert (ratio.median, ratio.low, ratio.high) == (4.0, 4.0, 4.0)


def test_goals_say_met_missed_or_not_measured_by_the_numbers() -> None:
    verdicts = {goal.text: goal.met for goal in goals(_results(), QUICK)}
    assert verdicts[f"no latency, pages of 100: speed over {programs.PLAIN}"] is True
    assert verdicts[f"no latency, pages of 100: CPU time of {programs.DLT_RAW} over ours"] is False
    assert verdicts[f"no latency, pages of 300: speed over {programs.PLAIN}"] is None
    assert verdicts[f"no latency, pages of 100: CPU time over {programs.BARE}"] is None
    assert [met for text, met in verdicts.items() if "the start" in text] == [True, None]


def test_a_pipe_says_what_each_of_its_parts_cost(tmp_path: Path) -> None:
    source = Source("", records=2, page_size=2)
    command = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read())"]
    ends = _peer(_messages("a", "b"))
    piped = replace(ends, commands=lambda source, folder: [*ends.commands(source, folder), command])
    sample = measure("scenario", piped, 0, source, tmp_path / "run")
    assert len(sample.cpu_of_parts) == 2
    assert sum(sample.cpu_of_parts) == sample.cpu
    assert "of the parts" in report(
        archive.Run(
            [""], "", {}, {}, QUICK, Results([sample], {"scenario": "T"}, {"scenario": "S"})
        ),
        [],
    )


@pytest.mark.parametrize("form", [data.PRETTY, data.UNKNOWN])
def test_odd_pages_hold_the_same_records_for_each_stream(form: str, tmp_path: Path) -> None:
    data.write_pages(tmp_path, 3, 2, data.STREAMS, form)
    for stream in data.STREAMS:
        text = (tmp_path / stream / "1.json").read_text(encoding="utf-8")
        read = json.loads(text)["results"]
        plain = [data.record(number) for number in range(2)]
        assert [{name: each[name] for name in plain[0]} for each in read] == plain
        assert (form == data.PRETTY) == ("\n" in text)
        assert (form == data.UNKNOWN) == ("rating" in read[0])


def test_output_is_compared_line_by_line_and_only_the_time_of_a_response_is_left_out(
    tmp_path: Path,
) -> None:
    data.write_pages(tmp_path / "pages", 20, 10, data.STREAMS)
    data.write_empty_page(tmp_path / "pages", "analytics/datasets/marketplace_disbursements")
    with servers.page_server(tmp_path / "pages", latency=0.0) as server:
        config = {
            "base_url": server.base_url,
            "access_token": data.TOKEN,
            "api": "marketplace",
            "read_by": "pages",
            "concurrency": 1,
        }
        found = same_output.lines(ROOT, config, tmp_path)
    assert len(found) == 5 * (1 + 20) + 1
    assert not any(b"time_extracted" in line for line in found)
    assert same_output.differences(found, found) == []
    assert same_output.differences(found, found[:-1]) == [(found[-1], b"no line")]
    swapped = [found[0], found[2], found[1], *found[3:]]
    assert len(same_output.differences(found, swapped)) == 2
