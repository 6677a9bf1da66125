"""The examples in the pages for people who come from another tool are configurations that work."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tap_analytics.config.prepare import prepare_config
from tap_analytics.config.resources import parse_resources
from tap_analytics.streams.configured import configured_streams
from tap_analytics.streams.registry import built_in_streams
from tests.support.paths import DOCS

BUILT_IN = {name: built_in_streams()[name] for name in ("contacts", "buyers")}


def examples(page: str) -> list[str]:
    blocks = re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in blocks if not block.startswith("# tap-rest-api-msdk")]


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("coming-from-dlt.md", [["invoices", "buyer_contracts"], ["contacts"]]),
        ("coming-from-tap-rest-api-msdk.md", [["invoices"]]),
    ],
)
def test_the_examples_of_a_page_declare_what_they_show(page: str, names: list[list[str]]) -> None:
    configs = [yaml.safe_load(block) for block in examples(page)]
    parsed = [parse_resources(config, BUILT_IN) for config in configs]
    assert [found.problems for found in parsed] == [[] for _ in names]
    assert [[resource.name for resource in found.resources] for found in parsed] == names


def rows(section: str) -> list[dict[str, Any]]:
    """The configurations in the first column of the table of a section."""
    page = (DOCS / "coming-from-dlt.md").read_text(encoding="utf-8")
    part = page.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return [yaml.safe_load(text) for text in re.findall(r"^\| `(.*?)` \| ", part, re.MULTILINE)]


@pytest.mark.parametrize("config", rows("What maps to what"))
def test_each_line_of_what_maps_is_taken(config: dict[str, Any]) -> None:
    config.setdefault("resources", ["x"])
    config["client"] = {"base_url": "https://api.example.com", **config.get("client", {})}
    prepared = prepare_config(config, built_in_streams())
    assert prepared.problems == []
    assert configured_streams(prepared.settings)


@pytest.mark.parametrize("config", rows("What is refused"))
def test_each_line_of_what_is_refused_gets_one_sentence(config: dict[str, Any]) -> None:
    config = {"resources": ["x"], **config}
    if "base_url" not in config.get("client", {}):
        config["base_url"] = "https://api.example.com"
    (sentence,) = prepare_config(config, built_in_streams()).problems
    assert sentence.endswith(".")
