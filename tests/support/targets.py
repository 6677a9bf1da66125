"""The targets that tests load into, as programs of their own, and messages for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

TARGETS = ROOT / "targets" / "duckdb"
GUARDED = "import target_duckdb_exact as target; target.main()"
DUCKDB = [sys.executable, "-c", GUARDED]


def load(
    tmp_path: Path,
    messages: Iterable[Mapping[str, Any] | str],
    program: str = GUARDED,
    **settings: int | str,
) -> subprocess.CompletedProcess[str]:
    """Run the target in a process of its own: its logging would silence that of the tests."""
    config = {
        "path": str(tmp_path / "rows.duckdb"),
        "default_target_schema": "main",
        **settings,
    }
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-c", program, "--config", str(tmp_path / "config.json")],
        input="".join(
            (message if isinstance(message, str) else json.dumps(message)) + "\n"
            for message in messages
        ),
        env={**os.environ, "PYTHONPATH": str(TARGETS)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def schema_message(stream: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stream's SCHEMA message."""
    keys = schema["required"]
    return {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": keys}


def record_message(stream: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a RECORD message."""
    return {"type": "RECORD", "stream": stream, "record": record}
