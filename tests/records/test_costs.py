"""What a record, a schema and a configuration cost grows with their size, and no faster."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.config.prepare import prepare_config
from tap_analytics.http.redaction import hide, redact
from tap_analytics.records.conform import Conformer
from tap_analytics.records.inference import infer
from tap_analytics.records.names import shown
from tap_analytics.streams.registry import built_in_streams
from tests.support.harness import WORKS

if TYPE_CHECKING:
    from collections.abc import Callable

SECRETS = frozenset({"s3cret-W0rd", "s3cret", "another-one-4711"})
SMALL = 1_000
TIMES = 4
SLACK = 1.5
"""What is quadratic takes four times the steps that are allowed by the size alone."""
MOST_ROUNDS = 12


def steps(work: Callable[[], object]) -> int:
    """Count the calls, of Python's and C's functions, that some work makes: no clock is in it."""
    count = 0

    def step(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(step)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def unknown_fields(size: int) -> Callable[[], object]:
    conformer = Conformer({"properties": {"id": {"type": "string"}}})
    return lambda: conformer.conform({f"field {number}": number for number in range(size)})


def wrong_values(size: int) -> Callable[[], object]:
    conformer = Conformer(
        {"properties": {f"f{number}": {"type": "integer"} for number in range(size)}}
    )
    return lambda: conformer.conform({f"f{number}": "x" for number in range(size)})


def wrong_items(size: int) -> Callable[[], object]:
    items = {"type": "array", "items": {"type": "integer"}}
    conformer = Conformer({"properties": {"list": items}})
    return lambda: conformer.conform({"list": ["x"] * size})


def inferred_fields(size: int) -> Callable[[], object]:
    return lambda: infer([{f"f{number}": 1 for number in range(size)}], [])


def inferred_hostile_names(size: int) -> Callable[[], object]:
    return lambda: infer([{f'"{number}': 1 for number in range(size)}], [])


def inferred_records(size: int) -> Callable[[], object]:
    return lambda: infer([{"id": number, "n": str(number)} for number in range(size)], ["id"])


def configured(config: dict[str, Any]) -> Callable[[], object]:
    return lambda: prepare_config(WORKS | config, built_in_streams())


def unknown_settings(size: int) -> Callable[[], object]:
    return configured({f"setting {number}": 1 for number in range(size)})


def unknown_keys(size: int) -> Callable[[], object]:
    return configured({"error_handler": {f"key {number}": 1 for number in range(size)}})


def resources(size: int) -> Callable[[], object]:
    return configured({"resources": [f"resource_{number}" for number in range(size // 5)]})


def headers(size: int) -> Callable[[], object]:
    return configured({"headers": {f"X-{number}": "value" for number in range(size)}})


def long_name(size: int) -> Callable[[], object]:
    return configured({"x" * size * 100: 1, "resources": [{"name": "x" * size * 100}]})


@pytest.mark.parametrize(
    "work",
    [
        unknown_fields,
        wrong_values,
        wrong_items,
        inferred_fields,
        inferred_hostile_names,
        inferred_records,
        unknown_settings,
        unknown_keys,
        resources,
        headers,
        long_name,
    ],
)
def test_four_times_the_size_costs_four_times_the_steps(
    work: Callable[[int], Callable[[], object]],
) -> None:
    work(SMALL)()
    small, large = steps(work(SMALL)), steps(work(SMALL * TIMES))
    assert large <= small * TIMES * SLACK


def nested(size: int) -> Callable[[], object]:
    conformer = Conformer({"properties": {"id": {"type": "string"}}})
    value: list[object] = []
    for _ in range(size // 10):
        value = [value, 1, {"a": 2}]
    return lambda: conformer.conform({"deep": value})


def hidden_secrets(size: int) -> Callable[[], object]:
    return lambda: hide("s3cret-W0rd " * (size // 10), SECRETS)


def undone_escapes(size: int) -> Callable[[], object]:
    text = "%2525" * (size // 10) + "\\" * (size // 5) + "&amp;" * (size // 20)
    return lambda: hide(text + "<b>" * (size // 20) + "<" * size, SECRETS)


def long_base64(size: int) -> Callable[[], object]:
    return lambda: redact("czNj" * size, SECRETS)


def escaped_text(size: int) -> Callable[[], object]:
    return lambda: shown("\x1b\n" * size, 2 * size)


@pytest.mark.parametrize(
    "work",
    [
        unknown_fields,
        wrong_values,
        wrong_items,
        nested,
        hidden_secrets,
        undone_escapes,
        long_base64,
        escaped_text,
    ],
)
def test_what_makes_no_calls_is_in_proportion_too(
    work: Callable[[int], Callable[[], object]],
) -> None:
    """A list that is copied for each item makes no call."""
    assert takes_time_in_proportion(work, 5_000)


def takes_time_in_proportion(work: Callable[[int], Callable[[], object]], size: int) -> bool:
    """Whether eight times the size takes less than 24 times as long: what is quadratic takes 64.

    Another program can only lengthen a measurement. So the shortest of each size count, and where
    three of them do not suffice, more are taken; what is quadratic stays so.
    """
    small: list[float] = []
    large: list[float] = []
    while len(small) < MOST_ROUNDS:
        for times, of in ((small, size), (large, size * 8)):
            run = work(of)
            began = time.process_time()
            run()
            times.append(time.process_time() - began)
        if len(small) >= 3 and min(large) < min(small) * 8 * 3:
            return True
    return False


def test_a_list_that_is_copied_for_each_item_is_noticed() -> None:
    def work(size: int) -> Callable[[], object]:
        items = list(range(size))
        return lambda: [items[:] and item for item in items]

    assert not takes_time_in_proportion(work, 500)


def test_work_that_is_quadratic_is_noticed() -> None:
    def work(size: int) -> Callable[[], object]:
        return lambda: [shown("x") for _ in range(size) for _ in range(size)]

    assert steps(work(80)) > steps(work(20)) * TIMES * SLACK
