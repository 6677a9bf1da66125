"""Catalogs whose schema lacks what the stream is keyed by: refused before the first request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import only
from tests.support.small_api import SmallAPI, resource

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}, "n": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda entry: entry.update(schema={}), "gives things a schema without fields"),
        (
            lambda entry: entry["schema"]["properties"].pop("id"),
            "gives things the key `id`, which its schema does not have",
        ),
    ],
    ids=["no fields", "no key"],
)
def test_a_catalog_without_what_a_stream_needs_is_refused(
    change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    """It was an unforeseen failure, or a stream of which no record could be sent."""
    with SmallAPI(lambda *_: {"data": [{"id": 1}]}) as api:
        things = resource("things", schema=SCHEMA)
        catalog = only("things", config={"base_url": api.url, "resources": [things]})
        change(catalog["streams"][0])
        outcome = api.read(things, catalog=catalog)
        assert api.targets == []
    assert sentence in outcome.report["error"]
