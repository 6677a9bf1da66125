"""Write `hub/tap-analytics.yml`: the file to hand in to the hub."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
FILE = Path(__file__).with_name("tap-analytics.yml")
TAKEN = ("name", "namespace", "label", "description", "executable", "capabilities", "commands")


def definition() -> dict[str, Any]:
    """Return the hub's definition of the tap."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    meltano = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    tap = meltano["plugins"]["extractors"][0]
    repository = project["urls"]["Repository"]
    made = {
        **{name: tap[name] for name in TAKEN},
        "variant": repository.rsplit("/", 2)[1],
        "pip_url": project["name"],
        "repo": repository,
        "docs": project["urls"]["Documentation"],
        "maintenance_status": "active",
        "keywords": ["api", "meltano_sdk"],
        # The sandbox is an extra of the package: who installs the tap from the hub lacks it.
        "settings": [setting for setting in tap["settings"] if setting["name"] != "sandbox"],
        "settings_group_validation": [
            group for group in tap["settings_group_validation"] if group != ["sandbox"]
        ],
    }
    return dict(sorted(made.items()))


def text() -> str:
    """Return the definition as the file holds it."""
    return yaml.safe_dump(definition(), allow_unicode=True, width=100)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
