"""Load three runs with state into each target, compare every cell, and write docs/targets.md."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tap_analytics.sandbox import Sandbox
from tests.support import postgres

from .cells import Differences, Table, compare, tables
from .declared import DECLARED, Columns, Declared, ask
from .page import Result, page
from .targets import TARGETS, Place, Target, latest

if TYPE_CHECKING:
    from collections.abc import Sequence

RECORDS = 150
STREAMS = ("bank_transactions", "contacts", "buyers", "listings", "contracts", "opportunities")
FULL = "analytics_marketplace_disbursements"
DOCUMENT = Path(__file__).parents[1] / "docs" / "targets.md"


def tap_runs(directory: Path) -> tuple[list[bytes], dict[str, Table]]:
    """Run the tap three times, each from the state of the last.

    Returns:
        What each run wrote, and what a target ought to hold after all three.
    """
    rows = dict.fromkeys((*STREAMS, "private_offers", FULL), RECORDS)
    config, state = directory / "config.json", directory / "state.json"
    outputs: list[bytes] = []
    expected: dict[str, Table] = {}
    with Sandbox(rows=rows) as api:
        config.write_text(json.dumps({"base_url": api.base_url, "access_token": api.mint_token()}))
        for number in range(3):
            command = [sys.executable, "-m", "tap_analytics", "--config", str(config)]
            if outputs:
                command += ["--state", str(state)]
            run = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 -- the tap
            outputs.append(run.stdout)
            tables(run.stdout.splitlines(), expected)
            messages = [json.loads(line) for line in run.stdout.splitlines()]
            states = [message["value"] for message in messages if message["type"] == "STATE"]
            state.write_text(json.dumps(states[-1]))
            for stream in STREAMS:
                api.touch(stream, number, 100 + number)
                api.insert(stream, None)
    return outputs, expected


def load(target: Target, place: Place, outputs: list[bytes], environment: Path) -> Result:
    """Install a target and load the three runs into it."""
    result = Result(target)
    uv = str(Path(sys.executable).parent / "uv")
    made = [uv, "venv", "-q", "--allow-existing", "--python", sys.executable, str(environment)]
    install = [uv, "pip", "install", "-q", "--python", str(environment / "bin" / "python")]
    for command in (made, [*install, target.package, *target.also]):
        run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- uv
        if run.returncode:
            result.error = "does not install"
            return result
    config = place.directory / "config.json"
    config.write_text(json.dumps(target.settings(place)))
    program = str(environment / "bin" / target.executable)
    for number, output in enumerate(outputs, 1):
        loaded = subprocess.run(  # noqa: S603 -- the target
            [program, "--config", str(config)], input=output, capture_output=True, check=False
        )
        if loaded.returncode:
            lines = loaded.stderr.decode(errors="replace").strip().splitlines()
            result.error = f"run {number} failed: {lines[-1][:120] if lines else 'no message'}"
            return result
        result.states += bool(loaded.stdout.strip())
    return result


def judge(result: Result, place: Place, expected: dict[str, Table]) -> None:
    """Compare what a target holds with what it ought to hold."""
    found = Differences()
    for stream, table in expected.items():
        rows = result.target.read(place, stream)
        found.add(compare(table, latest(rows, _names(rows, table.keys))))
        result.records += len(table.records)
        result.cells += len(table.records) * len(table.schema["properties"])
    result.found = found


def _names(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return a key's columns as the target spells them."""
    spelled = {name.lower(): name for name in (rows[0] if rows else {})}
    return tuple(spelled.get(key.lower(), key) for key in keys)


def run(
    targets: Sequence[Target], declared: Sequence[Declared], environments: Path
) -> tuple[list[Result], list[Columns]]:
    """Return what became of each target that is loaded, and the columns of those that are not."""
    results = []
    with TemporaryDirectory() as folder, postgres.running() as server:
        outputs, expected = tap_runs(Path(folder))
        for number, target in enumerate(targets):
            place = Place(Path(folder) / str(number), server, f"matrix_{number}")
            place.directory.mkdir()
            environment = environments / f"{target.name}-{target.executable}"
            result = load(target, place, outputs, environment)
            if not result.error:
                judge(result, place, expected)
            sys.stderr.write(f"{target.name} {target.variant}: {result.error or result.found}\n")
            results.append(result)
    columns = [ask(target, expected, environments) for target in declared]
    for found in columns:
        sys.stderr.write(f"{found.target.name}: {found.error or dict(found.kinds)}\n")
    return results, columns


def main() -> None:
    """Load what is asked for; write the document, or with `--ci` fail where a cell is wrong."""
    parser = argparse.ArgumentParser(prog="python -m matrix", description=__doc__)
    parser.add_argument("--ci", action="store_true", help="three targets, and nothing is written")
    parser.add_argument("--environments", type=Path, help="where to keep the installed targets")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        environments = options.environments or Path(folder)
        chosen = [target for target in TARGETS if target.in_ci or not options.ci]
        results, columns = run(chosen, () if options.ci else DECLARED, environments)
    if not options.ci:
        DOCUMENT.write_text(page(results, columns), encoding="utf-8")
    elif wrong := [result for result in results if result.surprises()]:
        sys.exit("\n".join(f"{result.target.name}: {result.surprises()}" for result in wrong))


if __name__ == "__main__":
    main()
