"""Each type of paginator that may be named has its keys, their shapes, and a paginator."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from tap_analytics.client import AnalyticsStream
from tap_analytics.config.resources import Paginator
from tap_analytics.config.resources.paginator_types import ALSO_WRITTEN, PAGINATOR_KEYS
from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator
from tap_analytics.streams.configured_paging import paginator_attributes
from tests.support.declarations import SOURCE_OF, declared
from tests.support.paths import DOCS

SHAPES = json.loads(
    files("tap_analytics.config.resources").joinpath("schema.json").read_text("utf-8")
)["$defs"]["paginator"]["properties"]


@pytest.mark.parametrize("kind", PAGINATOR_KEYS)
def test_each_key_of_a_type_is_a_field_and_has_a_shape(kind: str) -> None:
    keys = set(PAGINATOR_KEYS[kind])
    assert keys <= {*Paginator.__struct_fields__}
    assert keys <= SHAPES.keys()


def test_no_key_belongs_to_no_type() -> None:
    keys = {"type"}.union(*PAGINATOR_KEYS.values())
    assert {*Paginator.__struct_fields__} == keys == SHAPES.keys()
    assert {*ALSO_WRITTEN.values()} <= PAGINATOR_KEYS.keys()


@pytest.mark.parametrize("kind", [k for k in PAGINATOR_KEYS if k not in {"page_number", "auto"}])
def test_each_type_makes_a_paginator_of_its_own(kind: str) -> None:
    """A type that nobody makes would be read by page numbers."""
    made = dict(paginator_attributes(Paginator(type=kind), AnalyticsStream, 10))
    assert type(made["make_paginator"].__func__(10)) is not PageNumberPaginator


@pytest.mark.parametrize("kind", [each for each in PAGINATOR_KEYS if each != "auto"])
def test_each_type_is_read_from_the_sandbox_and_described(kind: str) -> None:
    assert kind in json.dumps([declared(name) for name in SOURCE_OF])
    assert f"`{kind}`" in (DOCS / "resources.md").read_text("utf-8")
