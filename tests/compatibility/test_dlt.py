"""The same configurations through dlt itself: equal records, key by key; requests counted.

dlt is in the dependency group `bench`, so that this is left out where it is not installed.
"""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.config.resources.defaults import stream_name
from tests.support.compatibility import DLT_MISSING
from tests.support.compatibility.cases import CASES, Case
from tests.support.compatibility.endpoints import respond
from tests.support.compatibility.reading import by_stream, run_tap, with_host
from tests.support.compatibility.server import serving

if TYPE_CHECKING:
    from tests.support.compatibility.server import ShapeServer

rest_api = pytest.importorskip("dlt.sources.rest_api", reason=DLT_MISSING)

pytestmark = pytest.mark.slow

_NO_FRACTION = re.compile(r"\.0{6}Z")

Rows = dict[str, list[dict[str, Any]]]


def read_with_dlt(server: ShapeServer, case: Case) -> Rows:
    """What dlt's source yields for a configuration, by the name of the resource."""
    config = with_host(copy.deepcopy(case.config), server.base_url)
    config["client"] = {"base_url": server.base_url, **config.get("client", {})}
    found: Rows = {}
    for resource in rest_api.rest_api_resources(config):
        found[stream_name(str(resource.table_name))] = [dict(row) for row in resource]
    return found


def comparable(rows: Rows) -> dict[str, list[str]]:
    """The records without what either adds under names of its own, in an order of their own.

    The tap writes a date-time in one form; it is compared as the instant that it is.
    """
    return {
        name: sorted(
            _NO_FRACTION.sub("Z", json.dumps(_own(row), sort_keys=True)) for row in records
        )
        for name, records in rows.items()
        if records
    }


def _own(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.dlt])
def test_the_tap_reads_what_dlt_reads(name: str) -> None:
    case = CASES[name]
    with serving(respond) as server:
        expected = comparable(read_with_dlt(server, case))
        of_dlt = len(server.requests)
        outcome = run_tap(server, case.config, concurrency=1)
        of_tap = len(server.requests) - of_dlt
    assert comparable(by_stream(outcome)) == expected
    # Numbered pages without a total are read twice; else the last page is looked at once more, of
    # each parent's part too; and there are trials where nothing is said.
    assert of_tap <= 3 * of_dlt + 3, (of_tap, of_dlt)
