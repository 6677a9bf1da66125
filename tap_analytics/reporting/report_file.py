"""The report as a file: there from the start of a run, and replaced as a whole at its end."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tap_analytics.exceptions import RunError
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class ReportFile:
    """Where the report of one run is kept."""

    def __init__(self, path: str, *, run_id: str, name: str) -> None:
        """Name the file of a run.

        Args:
            path: The setting `report_path`; `{run_id}` and `{name}` in it stand for the others.
            run_id: The run.
            name: What this configuration of the tap is called. It comes from outside, so it
                never leads into another directory.
        """
        safe = _UNSAFE.sub("_", name).lstrip(".") or "_"
        self._path = Path(path.replace("{run_id}", run_id).replace("{name}", safe))

    def write(self, report: Mapping[str, Any]) -> None:
        """Replace the file as a whole: whoever reads it gets the old report or the new one.

        Raises:
            RunError: It cannot be written.
        """
        text = msgspec.json.format(msgspec.json.encode(report), indent=2)
        try:
            if self._path.exists() and not self._path.is_file():
                # Such as /dev/stderr, which must stay what it is.
                self._path.write_bytes(text + b"\n")
            else:
                _replace(self._path.resolve(), text + b"\n")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = (
                f"The report cannot be written to {shown(str(self._path), 200)}: {reason}. Set "
                "`report_path` to a file in a directory that exists and can be written to."
            )
            raise RunError(message) from error


def _replace(path: Path, content: bytes) -> None:
    # In the same directory, since a file cannot be replaced across file systems.
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        # Made anew: what somebody else has put there may be a link to another file.
        with part.open("xb") as file:
            file.write(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
