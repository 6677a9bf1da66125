"""The SDK's own standard suite, on all eight streams, over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from singer_sdk.testing import get_tap_test_class

from tap_analytics.sandbox import Sandbox
from tap_analytics.tap import TapAnalytics
from tests.support.harness import by_token
from tests.support.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

# Started here and not in a fixture: the suite makes its tests, and so wants a configuration, when
# this module is read.
SANDBOX = Sandbox(rows=dict.fromkeys(STREAMS, 250))
CONFIG = by_token(SANDBOX)


@pytest.fixture(scope="session", autouse=True)
def _closed() -> Iterator[None]:
    """At the end of the process: it may be given one more of these tests after those of others."""
    yield
    SANDBOX.close()


# One stream has no unknown field in its first records, and so nothing in `additional_properties`.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
class TestTapAnalytics(
    get_tap_test_class(TapAnalytics, config=CONFIG, parse_env_config=False)  # type: ignore[misc]  # made at run time
):
    """What every tap on the SDK has to pass."""


def test_the_suite_looks_at_all_eight_streams_and_their_fields() -> None:
    """A suite that was made wrongly runs nothing and passes."""
    params = TestTapAnalytics.params
    for stream in STREAMS:
        assert stream in [param.id for param in params["test_tap_stream_returns_record"]]
        assert f"{stream}.id" in [
            param.id.replace("BankTransactionID", "id").replace("ContactID", "id")
            for param in params["test_tap_stream_attribute_not_null"]
        ]


def test_discovery_lists_eight_streams_with_their_keys() -> None:
    catalog = json.loads(TapAnalytics(config=CONFIG).catalog_json_text)
    streams = {entry["tap_stream_id"]: entry for entry in catalog["streams"]}
    assert sorted(streams) == sorted(STREAMS)
    keys = {"bank_transactions": "BankTransactionID", "contacts": "ContactID"}
    for name, entry in streams.items():
        assert entry["key_properties"] == [keys.get(name, "id")]
