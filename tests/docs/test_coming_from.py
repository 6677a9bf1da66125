"""The examples in the pages for people who come from another tool are configurations that work."""

from __future__ import annotations

import re

import pytest
import yaml

from tap_analytics.config.resources import parse_resources
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
