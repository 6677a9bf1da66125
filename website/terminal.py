"""The terminal of a real run as pictures: in the middle of it, and at its end."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from tap_analytics.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[1] / "docs"
RUNNING, ENDED = DOCS / "terminal-running.svg", DOCS / "terminal-ended.svg"
WIDTH = 124
ROWS = {"buyers": 1_200, "listings": 2_400, "contracts": 4_000}
SECONDS_PER_PAGE = 0.15
# A font of the reader's own: rich would fetch one from elsewhere.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
CODE = re.compile(r"(\n|\r|\x1b\[[0-9;?]*[A-Za-z])")
COMMAND = "tap-analytics --config config.json --catalog catalog.json | target-jsonl > states.jsonl"


def record() -> None:
    """Run the tap on a terminal of its own, and draw what it shows."""
    with (
        TemporaryDirectory() as folder,
        Sandbox(rows=ROWS, seed=1, delay=SECONDS_PER_PAGE, edge_cases=False) as api,
    ):
        shots = list(_shown(Path(folder), api))
    _draw(RUNNING, shots[len(shots) * 3 // 5])
    _draw(ENDED, shots[-1])


def _shown(folder: Path, api: Sandbox) -> Iterator[list[str]]:
    """Run the tap, and yield what its terminal shows each time that it writes."""
    config = {
        "base_url": api.base_url,
        "api": "marketplace",
        "access_token": api.mint_token(),
        "concurrency": 2,
        "report_path": str(folder / "report.json"),
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    tap = [sys.executable, "-m", "tap_analytics", "--config", str(folder / "config.json")]
    found = subprocess.run([*tap, "--discover"], capture_output=True, check=True)  # noqa: S603
    catalog = json.loads(found.stdout)
    catalog["streams"] = [each for each in catalog["streams"] if each["stream"] in ROWS]
    (folder / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
    screen, terminal = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if "LOG_CONFIG" not in name}
    environment |= {"TERM": "xterm-256color", "COLUMNS": str(WIDTH)}
    with (
        (folder / "output").open("wb") as output,
        subprocess.Popen(  # noqa: S603
            [*tap, "--catalog", str(folder / "catalog.json")],
            stdout=output,
            stderr=terminal,
            env=environment,
        ),
    ):
        os.close(terminal)
        seen = ""
        while True:
            try:
                read = os.read(screen, 65_536)
            except OSError:  # nobody writes to the terminal any more
                break
            seen += read.decode(errors="replace")
            yield _rows(seen)
            time.sleep(0.05)
    os.close(screen)


def _rows(seen: str) -> list[str]:
    """Return the rows of a terminal that has seen these characters, colours included."""
    rows, number = [""], 0
    for part in CODE.split(seen):
        if part == "\n":
            number += 1
            if number == len(rows):
                rows.append("")
        elif part.startswith("\x1b[") and part.endswith("A"):
            number -= int(part[2:-1] or 1)
        elif part == "\x1b[2K":
            rows[number] = ""
        elif part.startswith("\x1b[") and not part.endswith("m"):
            continue
        elif part != "\r":
            rows[number] += part
    return rows


def _draw(to: Path, rows: list[str]) -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text(f"$ {COMMAND}", style="bold"))
    for row in rows:
        console.print(Text.from_ansi(row), overflow="fold")
    to.write_text(console.export_svg(title="", code_format=FORMAT, unique_id=to.stem), "utf-8")
