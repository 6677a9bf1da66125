"""Runs Meltano in a fresh copy of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

PARTS = (
    "meltano.yml",
    "output",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "tap_analytics",
    "targets",
)


class Project:
    """A copy of the project in a directory of its own, with nothing installed."""

    def __init__(self, directory: Path) -> None:
        """Copy what git holds of the parts that Meltano needs."""
        self.directory = directory / "project"
        self.directory.mkdir()
        self.system_directory = directory / "system"
        ignore = shutil.ignore_patterns("__pycache__", "*.duckdb*", "*.jsonl", "*.json.tmp")
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, self.directory / part, ignore=ignore)
            else:
                shutil.copy(ROOT / part, self.directory / part)

    def run(self, *arguments: str, **environment: str) -> str:
        """Run Meltano, which must succeed; return its log."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MELTANO_", "TAP_", "TARGET_"))
        }
        run = subprocess.run(
            [Path(sys.executable).parent / "meltano", *arguments],
            cwd=self.directory,
            env={
                **inherited,
                "MELTANO_SYS_DIR_ROOT": str(self.system_directory),
                "NO_COLOR": "1",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert run.returncode == 0, run.stdout
        return run.stdout
