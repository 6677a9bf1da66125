"""What goes out, and when: the same JSON as the SDK's own way, value for value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.io_base import SingerWriter
from singer_sdk.singerlib import RecordMessage, SchemaMessage, StateMessage
from singer_sdk.singerlib.encoding.simple import ActivateVersionMessage

from tap_analytics.records.encoding import encode, record_envelope
from tap_analytics.sync.message_writer import CHUNK, MessageWriter
from tap_analytics.sync.record_pipeline import PreparedRecords, RecordPipeline
from tap_analytics.tap import TapAnalytics
from tests.support.harness import connected_by_pages as connected
from tests.support.harness import only, spelled, sync
from tests.support.pipe import SDKTap, piped

if TYPE_CHECKING:
    from tap_analytics.client import AnalyticsStream
    from tap_analytics.rest.page import Page
    from tap_analytics.sandbox import Sandbox

# The same as the SDK's own way --------------------------------------------------------------------


class ConformingTap(SDKTap):
    """And with the SDK's own conforming of every value, as a plain SDK tap has it."""

    def discover_streams(self) -> list[AnalyticsStream]:
        """The same streams, conformed recursively."""
        streams = super().discover_streams()
        for stream in streams:
            stream.TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.RECURSIVE
        return streams


def comparable(messages: list[dict[str, Any]]) -> list[Any]:
    """Messages with their numbers digit for digit, and without the time of day."""
    return [
        spelled({name: value for name, value in message.items() if name != "time_extracted"})
        for message in messages
    ]


@pytest.mark.parametrize("api", ["accounting", "marketplace"])
def test_what_goes_out_is_what_the_sdks_own_writer_sends_value_for_value(
    sandbox: Sandbox, api: str
) -> None:
    """Every oddity of the sandbox's data included."""
    fast = sync(connected(sandbox, api))
    plain = sync(connected(sandbox, api), tap_class=SDKTap)
    assert len(fast.of("RECORD")) == len(plain.of("RECORD")) >= 500
    assert comparable(fast.messages) == comparable(plain.messages)
    assert [list(message) for message in fast.messages] == [list(m) for m in plain.messages]


def listed(value: Any, schema: dict[str, Any]) -> Any:  # noqa: ANN401 -- any JSON
    """A value without the nested fields that its schema does not list."""
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return {name: listed(item, known[name]) for name, item in value.items() if name in known}
    if isinstance(value, list):
        return [listed(item, schema.get("items", {})) for item in value]
    return value


@pytest.mark.parametrize("api", ["accounting", "marketplace"])
def test_the_sdks_own_conforming_changes_no_value_and_only_drops_unlisted_nested_fields(
    sandbox: Sandbox, api: str
) -> None:
    fast = sync(connected(sandbox, api))
    plain = sync(connected(sandbox, api), tap_class=ConformingTap)
    schemas = {message["stream"]: message["schema"] for message in fast.of("SCHEMA")}
    for message in fast.of("RECORD"):
        message["record"] = listed(message["record"], schemas[message["stream"]])
    assert len(fast.of("RECORD")) >= 500
    assert comparable(fast.messages) == comparable(plain.messages)


RECORDS: list[dict[str, Any]] = [
    {},
    {"a": None, "b": [], "c": {}, "d": ""},
    {"text": 'quote " back \\ slash / tab \t line \n é 日本 😀 \u2028 \x1f \x7f'},
    {"é": {"deep": [{"er": [True, False, 0, -1, 2**63, -(2**70)]}]}},
    {"number": [Decimal("1.2345678901"), Decimal("12345678901234.5678"), Decimal("5.00")]},
    {"number": [Decimal("1E+400"), Decimal("-0"), Decimal("0E-10")]},
]


@pytest.mark.parametrize("version", [None, 1700000000])
@pytest.mark.parametrize("record", RECORDS)
def test_a_record_message_put_together_by_hand_is_the_sdks_own(
    record: dict[str, Any], version: int | None
) -> None:
    """Fails when the SDK changes what a RECORD message holds, or in which order."""
    moment = datetime(2026, 1, 31, 23, 59, 59, 123456, tzinfo=UTC)
    before, after = record_envelope("buyers", version, moment)
    by_hand = (before + encode(record) + after).decode()
    message = RecordMessage("buyers", record, version=version, time_extracted=moment)
    own = SingerWriter().format_message(message)
    assert MessageWriter().format_message(message).decode() + "\n" == by_hand
    for line in (by_hand, own):
        pairs = json.loads(line, parse_float=Decimal, object_pairs_hook=list)
        by_hand_pairs = json.loads(by_hand, parse_float=Decimal, object_pairs_hook=list)
        names = [name for name, _ in pairs]
        assert names == [name for name, _ in by_hand_pairs]
    values = [json.loads(line, parse_float=Decimal) for line in (by_hand, own)]
    moments = [datetime.fromisoformat(value.pop("time_extracted")) for value in values]
    assert moments == [moment, moment]
    assert spelled(values[0]) == spelled(values[1])


@pytest.mark.parametrize(
    "message",
    [
        SchemaMessage(
            "s", {"type": "object", "properties": {"a": {"type": "null"}}}, ("a",), ["a"]
        ),
        SchemaMessage("s", {"properties": {}}, ("a",), None),
        StateMessage({"bookmarks": {"s": {"replication_key_value": "2026-01-31", "x": None}}}),
        ActivateVersionMessage("s", 1700000000),
    ],
)
def test_every_other_message_is_the_sdks_own(message: Any) -> None:  # noqa: ANN401 -- any message
    assert json.loads(MessageWriter().format_message(message)) == json.loads(
        SingerWriter().format_message(message)
    )


# When it goes out ---------------------------------------------------------------------------------


ROW = RecordMessage("s", {"a": 1})
LINE = b'{"type":"RECORD","stream":"s","record":{"a":1}}\n'


def test_records_are_gathered_and_go_out_with_the_state_behind_them() -> None:
    writer = MessageWriter()
    with piped() as pipe:
        writer.write_message(ROW)
        writer.write_records([b'{"a":1}', b'{"a":1}'], LINE[:39], LINE[46:])
        assert pipe.arrived == []
        writer.write_message(StateMessage({}))
    assert pipe.arrived == [LINE * 3 + b'{"type":"STATE","value":{}}\n']


def test_a_full_chunk_goes_out_by_itself() -> None:
    writer = MessageWriter()
    with piped() as pipe:
        for _ in range(CHUNK // len(LINE) + 1):
            assert pipe.arrived == []
            writer.write_message(ROW)
    (chunk,) = pipe.arrived
    assert CHUNK <= len(chunk) < CHUNK + len(LINE)


def test_flush_writes_what_was_gathered_and_nothing_twice() -> None:
    writer = MessageWriter()
    with piped() as pipe:
        writer.write_records([], LINE[:39], LINE[46:])
        writer.flush()
        assert pipe.arrived == []
        writer.write_message(ROW)
        writer.flush()
        writer.flush()
    assert pipe.arrived == [LINE]


def test_the_records_of_a_page_are_out_before_the_next_page_is_waited_for(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is held back while the tap waits for the network, however long that takes."""
    out: list[int] = []
    prepare = RecordPipeline.prepare

    def watched(self: RecordPipeline, page: Page) -> PreparedRecords:
        out.append(b"".join(pipe.arrived).count(b'"RECORD"'))
        return prepare(self, page)

    monkeypatch.setattr(RecordPipeline, "prepare", watched)
    config = connected(sandbox, concurrency=1)
    tap = TapAnalytics(config=config, catalog=only("buyers", config=config))
    with piped() as pipe:
        tap.sync_all()
    assert out == [0, 100, 200]
    assert json.loads(pipe.arrived[-1].splitlines()[-1])["type"] == "STATE"
