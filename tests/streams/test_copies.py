"""There is one kind of stream: what a configuration declares is what a built-in stream is."""

from __future__ import annotations

import json
import re
from string import Template
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tap_analytics.streams.registry import BUILT_IN, by_name, packaged_schema
from tests.support.harness import Outcome, connected, sync
from tests.support.paths import CONFIGS

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

DISBURSEMENTS = "analytics_marketplace_disbursements"
# When a page came, and from when on a way of reading that failed is tried again.
TIMES = re.compile(rb',"(time_extracted|again)":"[^"]*"')


def emitted(outcome: Outcome, renamed: tuple[str, str] = ("", "")) -> list[bytes]:
    """Return every line that went out, without the times of the run."""
    old, new = (f'"{name}"'.encode() for name in renamed)
    return [TIMES.sub(b"", line).replace(old, new) for line in outcome.raw.splitlines()]


def copy_of(api: str, name: str) -> dict[str, Any]:
    """Return the declaration of a stream that is another one under another name."""
    stream = by_name()[name]
    endpoint: dict[str, Any] = {"path": stream.path, "data_selector": stream.data_selector}
    declared = {
        "name": f"copy_of_{name}",
        "api": api,
        "primary_key": list(stream.primary_keys),
        "schema": packaged_schema(name),
        "endpoint": endpoint,
    }
    if name == DISBURSEMENTS:
        endpoint |= {"incremental": None, "paginator": {"limit": 5000}}
    return declared


@pytest.mark.parametrize(("api", "name"), [(a, s.name) for a, ss in BUILT_IN.items() for s in ss])
def test_a_declared_copy_of_a_built_in_stream_emits_the_same_bytes(
    sandbox: Sandbox, api: str, name: str
) -> None:
    config = connected(sandbox, api)
    built_in = sync(config, name)
    copy = f"copy_of_{name}"
    declared = sync({**config, "resources": [copy_of(api, name)]}, copy)
    assert len(built_in.records(name)) == 250
    assert emitted(declared, (copy, name)) == emitted(built_in)


@pytest.mark.parametrize("api", ["accounting", "marketplace"])
def test_a_configuration_of_dlts_gives_the_streams_that_are_built_in(
    sandbox: Sandbox, api: str
) -> None:
    """It is taken as it is: its secrets and addresses come from the environment."""
    environment = {"CLIENT_ID": sandbox.client_id, "CLIENT_SECRET": sandbox.client_secret}
    text = Template((CONFIGS / f"{api}.yml").read_text(encoding="utf-8")).safe_substitute(
        environment
    )
    text = re.sub(r"https://(api|identity)\.example\.com", sandbox.base_url, text)
    names = [stream.name for stream in BUILT_IN[api]]
    pasted = sync(yaml.safe_load(text))
    built_in = sync(connected(sandbox, api))
    assert {message["stream"] for message in pasted.of("SCHEMA")} == set(names)
    assert emitted(pasted) == emitted(built_in)
    assert pasted.error is None


def test_a_configuration_can_stand_in_the_environment_as_json(sandbox: Sandbox) -> None:
    config = connected(sandbox, "accounting")
    resources = [{"name": "contacts", "endpoint": {"params": {"includeArchived": "true"}}}]
    outcome = sync({**config, "resources": json.dumps(resources)}, "contacts")
    assert len(outcome.records("contacts")) == len(sandbox.rows("contacts", archived=True)) > 250
