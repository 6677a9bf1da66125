"""Runs the tap's command on odd files, and says what is wrong with how it ended.

`python -m tests.support.fuzzing` answers like `tests.support.killing`, with a tap of two streams on
whose clock waits pass at once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from tap_analytics.sync.run import RunContext
from tests.support import killing
from tests.support.harness import InstantClock, PairTap
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LIMIT = 60.0
"""Seconds after which a run counts as hanging: the machine may be busy."""

DIGITS = "9" * 5_000
NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", DIGITS, f"-{DIGITS}", f"0.{DIGITS}"]
NUMBERS += ["1e308", "9223372036854775808", "-1", "0", "0.5", "1", "1e-320", "5.0"]
TEXTS = [
    "",
    " ",
    "a\nb",
    "\x1b[2J",
    "\x00",
    "\u202e",
    "\ud800",
    "x" * 10_000,
    "{",
    "$",
    "/Date(1)/",
]
TEXTS += ["null", "true", "0", "..", "$..*", "{resources}", "9999-12-31T23:59:59-23:59", "name"]
NESTED = [f"{'[' * n}{']' * n}" for n in (1, 100, 900, 100_000)]
NESTED += [f'{{"a":{"[" * 900}{"]" * 900}}}', "{}", '{"":""}', '{"name":{"name":[null]}}']
ODD = [*NUMBERS, *map(json.dumps, TEXTS), *NESTED, "null", "true", "false"]
"""JSON that hardly anybody writes."""

RESOURCES: list[dict[str, Any]] = [
    {
        "name": "buyers",
        "endpoint": {
            "params": {"key": "v"},
            "headers": {"X-Key": "v"},
            "incremental": {"cursor_path": "last_modified_at", "initial_value": "2020-01-01"},
            "error_handler": {"max_retries": 0, "backoff_factor": 0.1},
        },
        "primary_key": "id",
    },
]
OWN: dict[str, Any] = {
    "page_size": 10,
    "read_by": "pages",
    "connection_retry_seconds": 0,
    "error_handler": {"max_retries": 0, "retry_on_status_codes": [429]},
    "headers": {"X-Tenant": "tenant"},
    "resources": RESOURCES,
    "resource_defaults": {"endpoint": {"params": {"more": 1}}},
}
"""Settings of a sandbox that work, with something at many places."""

GONE = "gone"
MARK = "\ufdd1"


Place: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead to a value in a document."""


class InstantPairTap(PairTap):
    """Two streams, and no waits."""

    @cached_property
    def run(self) -> RunContext:
        """What both share."""
        return RunContext(self.settings, InstantClock())


def places(value: Any, here: Place = ()) -> list[Place]:  # noqa: ANN401  # any JSON
    """The path of every value in a document, and of the document itself."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    return [here, *(place for key, item in items for place in places(item, (*here, key)))]


def changed(value: Any, place: Place, new: str | None) -> Any:  # noqa: ANN401  # any JSON
    """A document with another value at a place, or without it."""
    if not place:
        return new
    first, *rest = place
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if not rest and new is None:
        del copy[first]
    else:
        copy[first] = changed(copy[first], tuple(rest), new) if rest else new
    return copy


def oddly(document: Any, further: Sequence[Place]) -> st.SearchStrategy[str]:  # noqa: ANN401  # any JSON
    """JSON texts of a document with one or two odd places.

    Args:
        document: A document that works.
        further: Places that it could have, such as settings that have a default.
    """
    known = [place for place in places(document) if place]

    def write(changes: list[tuple[Place, str]]) -> str:
        value = document
        odd = {}
        for number, (place, text) in enumerate(changes):
            odd[f'"{MARK}{number}"'] = text
            try:
                gone = text == GONE and place in known
                value = changed(value, place, None if gone else f"{MARK}{number}")
            except (LookupError, TypeError):
                continue  # The other change took the place away.
        written = json.dumps(value, ensure_ascii=False)
        for mark, text in odd.items():
            written = written.replace(mark, "null" if text == GONE else text)
        return written

    change = st.tuples(st.sampled_from([*known, *further]), st.sampled_from([*ODD, GONE]))
    return st.lists(change, min_size=1, max_size=2).map(write) | st.sampled_from(ODD)


class Command:
    """The tap's command, imported once."""

    def __init__(self, folder: Path) -> None:
        """Keep the files of the runs in a folder."""
        self._folder = folder
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fuzzing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Some paths of a report that are tried can be written.
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            encoding="utf-8",
        )

    def close(self) -> None:
        """End the process."""
        self._server.communicate()

    def problems(self, *options: str, **texts: str) -> list[str]:
        """Run the command, and say what is wrong with how it ended.

        Args:
            options: Further options, such as `--test`.
            texts: The contents of the files for `--config` and so on.
        """
        arguments = list(options)
        for name, text in texts.items():
            path = self._folder / f"{name}.json"
            path.write_text(text, encoding="utf-8", errors="surrogatepass")
            arguments += [f"--{name}", str(path)]
        out, log = self._folder / "out", self._folder / "out.log"
        log.unlink(missing_ok=True)
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        job = {"arguments": arguments, "out": str(out), "seconds": LIMIT}
        self._server.stdin.write(json.dumps(job) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        written, log_text = out.read_text("utf-8"), log.read_text("utf-8")
        wrong = found(code, written, log_text, syncs=not options)
        return [f"{options} {list(texts.values())[-1][:1_000]}\n{problem}" for problem in wrong]


def found(code: int, written: str, log: str, *, syncs: bool) -> list[str]:
    """What is wrong with a run: a hang, a traceback, a silent failure, a silent nothing."""
    lines = log.splitlines()
    checks: dict[str, Callable[[], bool]] = {
        "it hung": lambda: code == -9,
        f"exit code {code}": lambda: code not in {0, 1, -9},
        "a traceback": lambda: "Traceback (most recent" in log,
        "no sentence": lambda: code == 1 and not any(line.rstrip().endswith(".") for line in lines),
        "a line that is no text": lambda: not all(line.isprintable() for line in log.split("\n")),
        "nothing written": lambda: code == 0 and not written.strip(),
        "nothing, in silence": lambda: code == 0 and syncs and "record" not in log,
    }
    return [f"{name}: {log[-3_000:]}" for name, wrong in checks.items() if wrong()]


def main() -> None:
    """Answer every line of the standard input."""
    for line in sys.stdin:
        job = json.loads(line)
        code = killing.run(job["arguments"], job["out"], job["seconds"], InstantPairTap)
        print(code, flush=True)  # noqa: T201  # its answer


if __name__ == "__main__":
    main()
