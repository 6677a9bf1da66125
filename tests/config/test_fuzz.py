"""Odd configurations, catalogs and states end in a sentence: no traceback, no hang, no silence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tap_analytics.config.settings_schema import SETTINGS
from tap_analytics.sandbox import Sandbox
from tests.support.fuzzing import OWN, Command, oddly
from tests.support.harness import connected, only, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

# A sandbox of its own for a run takes a second, and a flattened record is the SDK's.
ABSENT = [(name,) for name in SETTINGS["properties"] if name not in {*OWN, "sandbox"}]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """An API with three pages of buyers."""
    with Sandbox(rows={"buyers": 25, "contacts": 5}, seed=1) as api:
        yield api


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """The command, imported once for all runs of this file."""
    made = Command(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.close()


def tries(few: int, many: int) -> pytest.MarkDecorator:
    """A small form for every run of the tests, and a large one."""
    return pytest.mark.parametrize("number", [few, pytest.param(many, marks=pytest.mark.slow)])


def repeatedly(number: int) -> settings:
    """Try so many, the same ones each time."""
    return settings(
        max_examples=number,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@tries(15, 2_000)
def test_configurations(sandbox: Sandbox, command: Command, number: int) -> None:
    works = connected(sandbox, **OWN)
    modes = st.sampled_from([(), (), ("--test",), ("--discover",)])
    tried: list[str] = []
    found: list[str] = []

    @repeatedly(number)
    @given(text=oddly(works, ABSENT), options=modes)
    def run(text: str, options: tuple[str, ...]) -> None:
        tried.append(text)
        found.extend(command.problems(*options, config=text))

    run()
    assert not found, "\n".join(found)
    assert len(set(tried)) > number / 2


@tries(10, 1_000)
def test_catalogs(sandbox: Sandbox, command: Command, number: int) -> None:
    config = connected(sandbox, **OWN)
    works = only("buyers", config=config)
    works["streams"] = [
        entry for entry in works["streams"] if entry["tap_stream_id"] in {"buyers", "listings"}
    ]
    tried: list[str] = []
    found: list[str] = []

    @repeatedly(number)
    @given(text=oddly(works, [("streams", 0, "replication_key"), ("version",)]))
    def run(text: str) -> None:
        tried.append(text)
        found.extend(command.problems(config=json.dumps(config), catalog=text))

    run()
    assert not found, "\n".join(found)
    assert len(set(tried)) > number / 2


@tries(10, 1_000)
def test_states(sandbox: Sandbox, command: Command, number: int) -> None:
    config = connected(sandbox, **OWN)
    works = sync(config, "buyers").state
    buyers = works["bookmarks"]["buyers"]
    works["bookmarks"]["buyers"] = {**buyers, "partitions": [], "invalid_fields": ["a"]}
    further = [("bookmarks", "buyers", name) for name in ("starting_replication_value", "version")]
    tried: list[str] = []
    found: list[str] = []

    @repeatedly(number)
    @given(text=oddly(works, [*further, ("currently_syncing",), ("bookmarks", "contacts")]))
    def run(text: str) -> None:
        tried.append(text)
        found.extend(command.problems(config=json.dumps(config), state=text))

    run()
    assert not found, "\n".join(found)
    assert len(set(tried)) > number / 2
