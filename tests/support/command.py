"""Runs the command as a user does, in a process of its own and with no network."""

from __future__ import annotations

import os
import subprocess
import sys

# Any connection but to this machine goes to a port on which nobody listens.
NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


def tap(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    kept = {name: value for name, value in os.environ.items() if "TAP_ANALYTICS" not in name}
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from tap_analytics.tap import TapAnalytics as T; T.cli()",
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=kept | NO_NETWORK | variables,
    )
