"""Run the benchmark: `uv run --group bench python -m benchmarks`.

It can be run in pieces: `--only startup --save FILE`, then `--only odd --save FILE`, and so on. The
report is written from all that the file holds.
"""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
import tempfile
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import archive, plots
from benchmarks.checkout import checkout_at
from benchmarks.goals import goals
from benchmarks.machine import machine, versions
from benchmarks.report import goals_table, report, sections
from benchmarks.runner import Results, Runner
from benchmarks.scenarios import QUICK, Scenario, Sizes, scenarios

DOCS = Path(__file__).resolve().parents[1] / "docs"


def main() -> int:
    """Measure what the command line asks for, print the goals and write the report.

    Returns:
        The exit code: 1 where a peer failed or lost rows.
    """
    parser = _parser()
    arguments = parser.parse_args()
    # Servers and temporary files are removed on the way out, which the signal alone would not take.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if arguments.render is not None:
        run = archive.load(arguments.render)
    else:
        sizes = _sizes(arguments)
        before = checkout_at(arguments.before) if arguments.before else None
        known = scenarios(sizes, before)
        chosen = _chosen(known, arguments.only, arguments.peers)
        if arguments.list or not chosen:
            sys.stdout.writelines(f"{each.name}: {each.title}\n" for each in known)
            return 0
        run = _begun(arguments, sizes)
        if before:
            run.results.before = before.commit
        with tempfile.TemporaryDirectory() as folder:
            # A quick run is no measurement and needs no warming up.
            runner = Runner(Path(folder).resolve(), run.results, warm_up=not arguments.quick)
            for scenario in chosen:
                if arguments.again or scenario.name not in run.results.titles:
                    runner.run(scenario)
                    if arguments.save is not None:
                        archive.save(arguments.save, run)
    _write(run, arguments.docs)
    return 1 if run.results.failures else 0


def _begun(arguments: argparse.Namespace, sizes: Sizes) -> archive.Run:
    """Return the run to add to: a new one, or the one that was saved.

    Raises:
        SystemExit: What was saved was measured elsewhere or otherwise.
    """
    command, date = _command(arguments), f"{datetime.now(UTC):%Y-%m-%d}"
    new = archive.Run([command], date, machine(), versions(), sizes, Results())
    if arguments.save is None or not arguments.save.exists():
        return new
    old = archive.load(arguments.save)
    if replace(old, commands=new.commands, date=date, results=new.results) != new:
        message = "The saved run has other sizes, another machine or version: begin a new file."
        raise SystemExit(message)
    return replace(old, commands=list(dict.fromkeys([*old.commands, command])))


def _write(run: archive.Run, docs: Path) -> None:
    """Write the report and its plots into a folder and print the goals."""
    docs.mkdir(parents=True, exist_ok=True)
    drawn: list[str] = []
    if importlib.util.find_spec("pygal") is None:
        sys.stderr.write("No plots: pygal is not installed; it is in the group `bench`.\n")
    else:
        drawn = plots.plot(run.results, docs)
    (docs / "benchmarks.md").write_text(report(run, drawn), encoding="utf-8")
    shown = [*sections(run.results), goals_table(goals(run.results, run.sizes))]
    sys.stdout.write("\n".join(shown))


def _chosen(found: list[Scenario], only: list[str], peers: list[str]) -> list[Scenario]:
    """Return the scenarios and peers whose names begin as asked; all where nothing is asked."""
    kept = [each for each in found if not only or each.name.startswith(tuple(only))]
    if peers:
        kept = [
            replace(each, peers=[peer for peer in each.peers if peer.name.startswith(tuple(peers))])
            for each in kept
        ]
    return [each for each in kept if each.peers]


def _sizes(arguments: argparse.Namespace) -> Sizes:
    """Return the sizes that the command line asks for."""
    given = {each.name: getattr(arguments, each.name) for each in fields(Sizes)}
    base = QUICK if arguments.quick else Sizes()
    return replace(base, **{name: value for name, value in given.items() if value is not None})


def _command(arguments: argparse.Namespace) -> str:
    """Return the command line without its paths, which are of no use to a reader."""
    words = ["python -m benchmarks"]
    words += [f"--{name}" for name in ("quick", "again", "before") if getattr(arguments, name)]
    sizes = {each.name: getattr(arguments, each.name) for each in fields(Sizes)}
    words += [
        f"--{name.replace('_', '-')} {value}" for name, value in sizes.items() if value is not None
    ]
    for name in ("only", "peers"):
        if getattr(arguments, name):
            words += [f"--{name}", *(repr(each) for each in getattr(arguments, name))]
    return " ".join(words)


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    for each in fields(Sizes):
        option = f"--{each.name.replace('_', '-')}"
        parser.add_argument(option, type=int, metavar="N", help=f"default: {each.default}")
    parser.add_argument("--quick", action="store_true", help="very small: does it work at all?")
    parser.add_argument("--only", nargs="+", default=[], help="scenarios whose names begin so")
    parser.add_argument("--peers", nargs="+", default=[], help="peers whose names begin so")
    parser.add_argument("--list", action="store_true", help="show the scenarios and end")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where the report is written")
    parser.add_argument("--before", type=Path, help="an older checkout with its own .venv")
    parser.add_argument("--save", type=Path, help="add what is measured to this JSON file")
    parser.add_argument("--again", action="store_true", help="measure anew what --save has kept")
    parser.add_argument("--render", type=Path, help="report what --save kept; measure nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
