"""`meltano run` for one connection, apart from all others on the same machine."""  # noqa: INP001 -- no package

from __future__ import annotations

import json
import logging
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)

# Meltano, the tap and the target form a process group. A reader beside them waits for the end of a
# pipe that this process holds: however this process ends, even by SIGKILL, the group ends with it.
# Otherwise a target would go on loading beside the retry of its own task.
END_TOGETHER = 'exec 3<&0; (read _ <&3; kill -KILL 0) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null'


class MeltanoError(Exception):
    """`meltano run` failed."""


def meltano_run(
    settings: Mapping[str, Any],
    *,
    state_id_suffix: str,
    select: Sequence[str],
    target: Mapping[str, str],
    flags: Sequence[str] = (),
) -> tuple[bool, dict[str, Any] | None]:
    """Run the tap into the target.

    Args:
        settings: The tap's settings.
        state_id_suffix: What tells this connection's state from those of the others.
        select: The streams and fields to read, in Meltano's form.
        target: The target's settings.
        flags: Further options of `meltano run`.

    Returns:
        Whether it succeeded, and the tap's report; None where it left none.
    """
    project = Path(os.environ["MELTANO_PROJECT_ROOT"])
    with TemporaryDirectory(prefix="meltano-") as name:
        directory = Path(name)
        # Runs that share a system directory overwrite each other's state and catalog. This one has
        # its own, with links to what is installed. It also holds secrets: only its owner may enter.
        for kind in ("extractors", "loaders"):
            (directory / kind).symlink_to(project / ".meltano" / kind)
        report = directory / "report.json"
        environment = {
            **os.environ,
            "MELTANO_SYS_DIR_ROOT": name,
            "NO_COLOR": "1",
            **_variables("TAP_ANALYTICS", {**settings, "report_path": str(report)}),
            # The extra `select`, not `catalog`: a catalog of one's own switches `select` off.
            "TAP_ANALYTICS__SELECT": json.dumps(list(select)),
            **_variables("TARGET_POSTGRES", target),
        }
        command = ["run", "--no-install", f"--state-id-suffix={state_id_suffix}", *flags]
        succeeded = _run_as_one([*command, "tap-analytics", "target-postgres"], environment)
        return succeeded, json.loads(report.read_bytes()) if report.exists() else None


def _variables(plugin: str, settings: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"{plugin}_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }


def _run_as_one(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    meltano = os.environ.get("MELTANO_EXECUTABLE", "meltano")
    with subprocess.Popen(  # noqa: S603 -- the program is named by whoever deploys this
        ["/bin/sh", "-c", END_TOGETHER, "sh", meltano, *arguments],
        cwd=environment["MELTANO_PROJECT_ROOT"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            for line in process.stdout or ():
                log.info("%s", line.rstrip())
            return process.wait() == 0
        finally:
            if process.stdin:
                process.stdin.close()
