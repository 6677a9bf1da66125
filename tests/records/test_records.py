"""Every record of the sandbox, with every oddity, as it leaves; and what the report says of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.streams.registry import packaged_schema
from tests.support.harness import connected, spelled, sync
from tests.support.streams import API_OF

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox


class Judge:
    """The rules a second time, in the simplest words; counts what must be in the report."""

    def __init__(self) -> None:
        """Begin to count."""
        self.nulls: Counter[str] = Counter()
        self.removed: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.kept: dict[str, Any] = {}

    def record(self, record: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
        """Return a record as it has to leave."""
        fields = schema["properties"]
        self.kept = {}
        known = {name: value for name, value in record.items() if name in fields}
        unknown = {name: value for name, value in record.items() if name not in fields}
        self.unknown.update(unknown.keys())
        out = {name: self.value(value, fields[name], name) for name, value in known.items()}
        aside = {name: self.value(value, {}, name) for name, value in unknown.items()}
        if aside or self.kept:
            out["additional_properties"] = {**aside, **self.kept}
        return out

    def value(self, value: Any, schema: dict[str, Any], path: str) -> Any:  # noqa: ANN401 -- any JSON
        """Return a value as it has to leave."""
        kinds = schema.get("type", ["any"])
        kind = kinds if isinstance(kinds, str) else kinds[0]
        if isinstance(value, dict):
            fields = schema.get("properties", {})
            return {
                self.text(name, path): self.value(item, fields.get(name, {}), f"{path}.{name}")
                for name, item in value.items()
            }
        if isinstance(value, list):
            items = schema.get("items", {})
            return [self.value(item, items, f"{path}[{n}]") for n, item in enumerate(value)]
        if isinstance(value, str):
            value = self.text(value, path)
        if value is None or (kind in {"string", "any"} and "format" not in schema):
            return value
        try:
            judge = {"number": self.number, "integer": self.number, "boolean": self.boolean}
            return judge.get(kind, self.moment)(value)
        except (ValueError, ArithmeticError, KeyError):
            self.nulls[re.sub(r"\[\d+\]", "[]", path)] += 1
            self.kept[path] = value
            return None

    def text(self, text: str, path: str) -> str:
        """Return a text without NUL and lone surrogates."""
        clean = "".join(sign for sign in text if sign != "\0" and not "\ud800" <= sign <= "\udfff")
        if clean != text:
            self.removed[re.sub(r"\[\d+\]", "[]", path)] += len(text) - len(clean)
        return clean

    def number(self, value: object) -> object:
        """Return a number, digit for digit."""
        return Decimal(value) if isinstance(value, str) else value

    def boolean(self, value: object) -> bool:
        """Return a truth value."""
        return {"true": True, "false": False}[str(value).lower()]

    def moment(self, value: str) -> str:
        """Return a moment as RFC 3339 in UTC with six digits."""
        if value.startswith("/Date("):
            start = datetime(1970, 1, 1, tzinfo=UTC)
            digits = value.removeprefix("/Date(").removesuffix(")/").removesuffix("+0000")
            moment = start + timedelta(milliseconds=int(digits))
        else:
            moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize(("stream", "api"), API_OF.items())
def test_every_value_of_every_odd_row_leaves_as_it_should_and_the_report_counts_the_rest(
    sandbox: Sandbox, api: str, stream: str
) -> None:
    outcome = sync(connected(sandbox, api), stream)
    schema = packaged_schema(stream)
    (key,) = schema["required"]
    judge = Judge()
    wanted = [judge.record(row, schema) for row in sandbox.rows(stream)]
    assert len(wanted) == 250
    sent = outcome.records(stream)
    assert {row[key]: spelled(row) for row in sent} == {row[key]: spelled(row) for row in wanted}
    assert len(sent) == 250
    report = outcome.stream(stream)
    assert report["nulls"] == judge.nulls
    assert report["removed_characters"] == judge.removed
    assert report["unknown_fields"] == judge.unknown
    assert (report["status"], report["verdict"]) == ("succeeded", "proven")


def test_a_misfit_is_warned_of_once_a_field_with_stream_field_and_key(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox, "accounting"), "bank_transactions")
    rows = sandbox.rows("bank_transactions")
    key = next(row["BankTransactionID"] for row in rows if row.get("TotalTax") == "n/a")
    warnings = [line for line in outcome.log if "The field is null" in line]
    assert (
        f"bank_transactions: `TotalTax` of the record with key {key} is n/a, a string where the "
        "schema says a number. The field is null, and the value is kept in "
        "`additional_properties`; further ones are counted in the report."
    ) in warnings
    assert len(warnings) == len(outcome.stream("bank_transactions")["nulls"]) > 1


def test_no_record_leaves_without_its_key_and_one_sentence_says_so(sandbox: Sandbox) -> None:
    rows = [{"id": "a"}, {"id": None}, {"name": "none"}, {"id": "b"}]
    body = json.dumps({"count": 4, "next": None, "results": rows})
    sandbox.fault("status", stream="buyers", code=200, body=body)
    outcome = sync(connected(sandbox), "buyers")
    assert [row["id"] for row in outcome.records("buyers")] == ["a", "b"]
    assert outcome.stream("buyers")["without_key"] == 2
    (warning,) = (line for line in outcome.log if "without their key" in line)
    assert warning.startswith(
        "buyers: not proven after 1 pass: 2 records came without their key (`id`) and were not sent"
    )


@pytest.mark.parametrize(
    ("row", "named"), [("1", "a number"), ('"x"', "a string"), ("null", "null"), ("[]", "a list")]
)
def test_a_record_that_is_no_object_is_the_streams_error_and_not_a_crash(
    sandbox: Sandbox, row: str, named: str
) -> None:
    body = f'{{"count": 2, "next": null, "results": [{{"id": "a"}}, {row}]}}'
    sandbox.fault("status", stream="buyers", code=200, body=body, times=None)
    outcome = sync(connected(sandbox), "buyers", "listings")
    message = f"buyers: page 1 cannot be read: record 2 of the page is {named}, not an object"
    advice = ", where a filter such as `[?(@.id)]` leaves out what is null" if row == "null" else ""
    assert outcome.stream("buyers")["error"] == f"{message}: look at its `data_selector`{advice}."
    assert outcome.stream("listings")["verdict"] == "proven"
