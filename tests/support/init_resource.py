"""Runs `init-resource` as its command line does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from tap_analytics.init_resource.command import command
from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def ask(tmp_path: Path, connection: dict[str, Any], *arguments: str) -> Result:
    """Ask for an entry, by these arguments and a configuration of this connection."""
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**connection, "sample_size": 60}), "utf-8")
    return CliRunner().invoke(command(TapAnalytics), ["--config", str(file), *arguments])
