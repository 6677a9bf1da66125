"""Values in flight, handed on in order: no Singer, no HTTP, and nothing left running."""

from __future__ import annotations

import threading
from contextlib import closing
from itertools import count, islice
from threading import Event
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_analytics.rest import prefetch
from tap_analytics.rest.prefetch import ordered_map

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 10.0
"""Seconds after which a test gives up on what should long have happened."""


class BrokenError(Exception):
    """What a fetch of these tests fails with."""


class Gate:
    """Fetches that begin when they are asked to, and end when the test lets them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._changed = threading.Condition()
        self._open: set[int] = set()
        self.begun: list[int] = []
        self.stopped: set[int] = set()
        self.running = 0

    def fetch(self, key: int, stop: Event) -> int:
        """Wait until the key is let through, or nobody wants it any more."""
        with self._changed:
            self.begun.append(key)
            self.running += 1
            self._changed.notify_all()
            while key not in self._open and not stop.is_set():
                self._changed.wait(0.01)
            if key not in self._open:
                self.stopped.add(key)
            self.running -= 1
            self._changed.notify_all()
        return key

    def let(self, *keys: int) -> None:
        """Let these through."""
        with self._changed:
            self._open.update(keys)
            self._changed.notify_all()

    def until_begun(self, number: int) -> None:
        """Wait until this many have begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.begun) >= number, PATIENCE)

    def until_running(self, number: int) -> None:
        """Wait until only this many are left."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.running == number, PATIENCE)

    def until_idle(self) -> None:
        """Wait until none is running."""
        self.until_running(0)


def one(_: object) -> int:
    return 1


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "in-flight"]


def end_of(threads: list[threading.Thread]) -> bool:
    for thread in threads:
        thread.join(PATIENCE)
    return not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("width", [1, 2, 3, 8, 32])
def test_values_come_in_the_order_of_their_keys_whichever_is_ready_first(width: int) -> None:
    """Each fetch waits for the one after it in its group of `width`, so the last is ready first."""
    ready = [Event() for _ in range(65)]

    def fetch(key: int, _: Event) -> int:
        if (key + 1) % width:
            assert ready[key + 1].wait(PATIENCE)
        ready[key].set()
        return key * key

    for event in ready[64 - 64 % width :]:
        event.set()
    values = ordered_map(fetch, range(64 - 64 % width), width=width, size_of=one)
    assert list(values) == [key * key for key in range(64 - 64 % width)]


def test_a_value_that_is_ready_waits_for_the_one_before_it() -> None:
    gate = Gate()
    got: list[int] = []
    gate.let(0, 2, 3)
    with closing(ordered_map(gate.fetch, range(4), width=4, size_of=one)) as values:
        assert next(values) == 0
        gate.until_begun(4)
        gate.until_running(1)
        reader = threading.Thread(target=lambda: got.extend(values))
        reader.start()
        gate.let(1)
        reader.join(PATIENCE)
        assert got == [1, 2, 3]


@settings(max_examples=60, deadline=None)
@given(
    weights=st.lists(st.integers(0, 50), max_size=30),
    width=st.integers(1, 9),
    max_bytes=st.integers(1, 100),
    bad=st.none() | st.integers(0, 30),
    taken=st.integers(0, 31),
    took=st.sampled_from([None, 0.0, 1.0]),
)
def test_what_comes_is_what_a_plain_loop_would_give(
    weights: list[int],
    width: int,
    max_bytes: int,
    bad: int | None,
    taken: int,
    took: float | None,
) -> None:
    """Whatever the sizes, the width, the bound, the way, the place of an error and the end."""

    def fetch(key: int, _: Event) -> int:
        if key == bad:
            raise BrokenError(key)
        return weights[key]

    def prefetched() -> list[int | str]:
        out: list[int | str] = []
        keys = range(len(weights))
        with closing(
            ordered_map(
                fetch,
                keys,
                width=width,
                size_of=lambda value: value,
                max_bytes=max_bytes,
                took=took,
            )
        ) as values:
            try:
                for value in islice(values, taken):
                    out.append(value)  # noqa: PERF402  # what came before an error counts
            except BrokenError as error:
                out.append(str(error))
        return out

    plain: list[int | str] = []
    for key, weight in islice(enumerate(weights), taken):
        if key == bad:
            plain.append(str(key))
            break
        plain.append(weight)
    assert prefetched() == plain


@pytest.mark.parametrize("width", [2, 5, 32])
def test_as_many_as_the_width_are_in_flight_and_no_more(width: int) -> None:
    gate, others = Gate(), set(workers())
    with closing(ordered_map(gate.fetch, range(100), width=width, size_of=one)) as values:
        reader = threading.Thread(target=lambda: next(values))
        reader.start()
        gate.until_begun(width)
        assert sorted(gate.begun) == list(range(width))
        assert len(set(workers()) - others) == width
        gate.let(0)
        reader.join(PATIENCE)
        # The value in turn has been handed on; only when the next is wanted may another begin.
        assert len(gate.begun) == width
    gate.until_idle()


def test_a_width_of_one_fetches_on_the_callers_thread_one_by_one() -> None:
    seen = []

    def fetch(key: int, _: Event) -> int:
        seen.append((key, threading.current_thread()))
        return key

    values = ordered_map(fetch, count(), width=1, size_of=one)
    assert seen == []
    assert next(values) == 0
    assert seen == [(0, threading.current_thread())]
    assert next(values) == 1
    assert len(seen) == 2
    values.close()


class TimedFetches:
    """Fetches that take so many milliseconds each, by a clock of their own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *milliseconds: int) -> None:
        """Take so long in turn, and then none."""
        self._takes = [each / 1000 for each in milliseconds]
        self._now = 0.0
        self.on_callers_thread: list[bool] = []
        monkeypatch.setattr(prefetch, "monotonic", lambda: self._now)

    def fetch(self, key: int, _: Event) -> int:
        """Note on which thread it is."""
        self.on_callers_thread.append(threading.current_thread() is threading.main_thread())
        self._now += self._takes[key] if key < len(self._takes) else 0.0
        return key


@pytest.mark.parametrize(
    ("took", "milliseconds", "alone"),
    [
        pytest.param(0.001, [1] * 40, 40, id="quick ones need no threads"),
        pytest.param(0.050, [50] * 40, 0, id="the one before was slow"),
        pytest.param(0.001, [50] * 40, 1, id="a slow one shows that the others may be"),
        pytest.param(0.001, [8] * 40, 3, id="several that are a little slow"),
        pytest.param(0.001, ([0] * 4 + [20] + [0] * 15) * 2, 40, id="a slow one among quick ones"),
        pytest.param(0.001, [1] * 20 + [30] * 20, 21, id="the server becomes slow"),
    ],
)
def test_fetches_are_made_on_the_callers_thread_as_long_as_they_are_quick(
    monkeypatch: pytest.MonkeyPatch, took: float, milliseconds: list[int], alone: int
) -> None:
    timed, others = TimedFetches(monkeypatch, *milliseconds), set(workers())
    values = ordered_map(timed.fetch, range(40), width=4, size_of=one, took=took)
    assert list(values) == list(range(40))
    assert timed.on_callers_thread == [True] * alone + [False] * (40 - alone)
    assert end_of([each for each in workers() if each not in others])


def test_where_the_last_was_quick_those_that_would_be_on_their_way_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timed = TimedFetches(monkeypatch, 1, 1, 50, 50)
    values = ordered_map(timed.fetch, range(9), width=4, size_of=one, took=0.001)
    assert list(islice(values, 2)) == [0, 1]
    assert (values.behind(), values.not_begun()) == ([], [2, 3, 4])
    slow = ordered_map(timed.fetch, range(9), width=4, size_of=one, took=0.001)
    assert list(islice(slow, 4)) == [0, 1, 2, 3]
    assert slow.not_begun() == []


def test_endless_keys_are_only_taken_as_far_as_they_are_fetched() -> None:
    keys = count()
    with closing(ordered_map(lambda key, _: key, keys, width=4, size_of=one)) as values:
        assert list(islice(values, 20)) == list(range(20))
    assert next(keys) <= 24


def test_no_key_at_all_is_no_value_at_all() -> None:
    assert list(ordered_map(lambda key, _: key, iter(()), width=4, size_of=one)) == []


def test_an_error_comes_in_its_place_and_what_follows_is_cancelled() -> None:
    gate = Gate()

    def fetch(key: int, stop: Event) -> int:
        if key == 2:
            raise BrokenError
        return gate.fetch(key, stop)

    got = []
    values = ordered_map(fetch, count(), width=6, size_of=one)
    gate.let(0, 1)
    with pytest.raises(BrokenError):  # noqa: PT012  # what was handed on before it counts
        for value in values:
            got.append(value)  # noqa: PERF402  # the same
    assert got == [0, 1]
    gate.until_idle()
    begun = list(gate.begun)
    assert gate.stopped == set(begun) - {0, 1}
    assert end_of(workers())
    assert gate.begun == begun


def test_an_error_that_nobody_waits_for_is_thrown_away() -> None:
    def fetch(key: int, _: Event) -> int:
        if key >= 3:
            raise BrokenError
        return key

    with closing(ordered_map(fetch, count(), width=8, size_of=one)) as values:
        assert list(islice(values, 3)) == [0, 1, 2]
    assert end_of(workers())


def test_when_the_caller_stops_no_fetch_begins_and_running_ones_are_told() -> None:
    gate = Gate()
    gate.let(0)
    values = ordered_map(gate.fetch, count(), width=5, size_of=one)
    assert next(values) == 0
    gate.until_begun(5)
    values.close()
    gate.until_idle()
    assert end_of(workers())
    assert sorted(gate.begun) == [0, 1, 2, 3, 4]
    assert gate.stopped == {1, 2, 3, 4}


def test_all_threads_end_when_the_last_value_has_been_read() -> None:
    assert list(ordered_map(lambda key, _: key, range(50), width=8, size_of=one)) == list(range(50))
    assert end_of(workers())


def test_no_more_threads_than_keys() -> None:
    gate, others = Gate(), set(workers())
    with closing(ordered_map(gate.fetch, range(2), width=32, size_of=one)) as values:
        reader = threading.Thread(target=lambda: next(values))
        reader.start()
        gate.until_begun(2)
        assert len(set(workers()) - others) == 2
        gate.let(0, 1)
        reader.join(PATIENCE)


@pytest.mark.parametrize(
    ("weight", "ahead"), [(1, 8), (10, 8), (25, 4), (30, 3), (60, 1), (100, 1), (1000, 1)]
)
def test_no_more_is_fetched_ahead_than_the_bytes_allow(weight: int, ahead: int) -> None:
    """Judged by the heaviest value so far: the first ones leave before anything is known."""
    taken = []

    def keys() -> Iterator[int]:
        for key in count():
            taken.append(key)
            yield key

    def size_of(_: int) -> int:
        return weight

    with closing(
        ordered_map(lambda key, _: key, keys(), width=8, size_of=size_of, max_bytes=100)
    ) as values:
        assert next(values) == 0
        assert len(taken) == 8
        assert list(islice(values, 20)) == list(range(1, 21))
        assert len(taken) == 20 + ahead
