"""Where the project's files are that tests read."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CONFIGS = Path(__file__).parent / "configs"
"""The two configurations that users had before."""
