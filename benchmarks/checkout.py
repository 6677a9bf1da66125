"""A checkout of this project, and its tap as a command: this one, or an older one beside it."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import DECLARED, STREAM, TOKEN

if TYPE_CHECKING:
    from benchmarks.measure import Source

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout, and the folder with the programs of its environment."""

    root: Path
    programs: Path

    @property
    def python(self) -> list[str]:
        """The command of its Python, which imports the checkout's own modules."""
        return ["env", "-C", str(self.root), str(self.programs / "python")]

    @property
    def tap(self) -> list[str]:
        """The command of its tap."""
        return [*self.python, "-m", "tap_analytics"]

    @property
    def commit(self) -> str:
        """The short name of the commit that is checked out."""
        command = ["git", "-C", str(self.root), "rev-parse", "--short", "HEAD"]
        return _shown(command).strip()


HERE = Checkout(ROOT, Path(sys.executable).parent)


def checkout_at(root: Path) -> Checkout:
    """Return another checkout, whose environment is its `.venv`."""
    return Checkout(root.resolve(), root.resolve() / ".venv" / "bin")


def tap_command(
    source: Source,
    folder: Path,
    settings: dict[str, Any],
    streams: tuple[str, ...] = (STREAM,),
    checkout: Checkout = HERE,
) -> list[str]:
    """Write the tap's configuration and catalog into a folder and return its command."""
    given = {"page_size": source.page_size, "read_by": "pages", **settings}
    if DECLARED in streams:
        given["resources"] = [_declared()]
    known = _settings(checkout)
    config = {
        "base_url": source.base_url,
        "access_token": TOKEN,
        "api": "marketplace",
        **{name: value for name, value in given.items() if name in known},
    }
    catalog = folder / "catalog.json"
    catalog.write_bytes(_catalog(streams, checkout))
    command = [*checkout.tap, "--config", write_json(folder / "config.json", config)]
    return [*command, "--catalog", str(catalog)]


def write_json(path: Path, document: dict[str, Any]) -> str:
    """Write a JSON file and return its path."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def _declared() -> dict[str, Any]:
    """Return a resource that is not built in, with the records of one that is."""
    schema = ROOT / "tap_analytics" / "schemas" / f"{STREAM}.json"
    return {
        "name": DECLARED,
        "api": "marketplace",
        "primary_key": "id",
        "schema": json.loads(schema.read_text(encoding="utf-8")),
    }


@functools.cache
def _settings(checkout: Checkout) -> frozenset[str]:
    """Return the settings that a checkout's tap knows."""
    about = json.loads(_shown([*checkout.tap, "--about", "--format=json"]))
    return frozenset(about["settings"]["properties"])


@functools.cache
def _catalog(streams: tuple[str, ...], checkout: Checkout) -> bytes:
    """Return the tap's catalog with these streams selected."""
    config = {"resources": [_declared()], "sandbox": True} if DECLARED in streams else {}
    with tempfile.TemporaryDirectory() as folder:
        path = write_json(Path(folder) / "config.json", config)
        named = ["--config", path] if config else []
        catalog = json.loads(_shown([*checkout.tap, *named, "--discover"]))
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == []:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    return json.dumps(catalog).encode()


def _shown(command: list[str]) -> str:
    """Return what a command prints."""
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603 - ours
