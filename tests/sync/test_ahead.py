"""First pages are asked for before the turn of their streams, and nothing else changes by that."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.rest.first_pages import FRESH_SECONDS, FirstPages
from tap_analytics.sync import ahead
from tests.support.harness import Outcome, StillClock, connected, sync
from tests.support.raw_server import RawServer, http

if TYPE_CHECKING:
    from tap_analytics.sandbox import LogEntry, Sandbox

STREAMS = ("buyers", "contracts", "listings", "opportunities")
EMPTY = '{"count": 0, "next": null, "results": []}'


def asked(requests: list[LogEntry]) -> Counter[str]:
    """How often each request was sent, whatever the time of the run was that it names."""
    today = re.compile(rf"{datetime.now(UTC):%Y-%m-}[\d.:TZ]+")
    return Counter(
        today.sub("now", f"{each.path} {sorted(each.query.items())}") for each in requests
    )


def states(outcome: Outcome) -> list[dict[str, Any]]:
    """Each state that went out, but for what has the time of the run in it."""
    found = [dict(message["value"]["bookmarks"]) for message in outcome.of("STATE")]
    return [
        {
            name: {key: part[key] for key in part.keys() - {"failed_ways"}}
            for name, part in each.items()
        }
        for each in found
    ]


Read = Callable[..., tuple[Outcome, Counter[str]]]


@pytest.fixture
def read(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads the streams, with first pages asked for ahead or not; says what was asked for."""

    def run(
        most: int,
        state: dict[str, Any] | None = None,
        **settings: Any,  # noqa: ANN401  # any setting
    ) -> tuple[Outcome, Counter[str]]:
        monkeypatch.setattr(ahead, "MOST_AHEAD", most)
        before = len(sandbox.requests)
        config = connected(sandbox, concurrency=4, **settings)
        outcome = sync(config, *STREAMS, state=state, clock=StillClock())
        return outcome, asked(sandbox.requests[before:])

    return run


def test_the_first_pages_of_four_streams_are_in_flight_together_when_one_stream_was_read() -> None:
    together = threading.Barrier(4)
    after = ("contracts", "listings", "opportunities", "private_offers")

    def meet() -> bytes:
        together.wait(10)
        return http(EMPTY)

    with RawServer({"/buyers": lambda: http(EMPTY)}) as server:
        server.replies |= {f"/{name}": meet for name in after}
        config = {"base_url": server.url, "access_token": "t-1", "concurrency": 4}
        outcome = sync(config, "buyers", *after)
    assert outcome.error is None
    assert server.asked[0] == "/buyers"
    assert len(server.asked) == 5


def test_nine_streams_with_one_response_each_wait_for_three_round_trips() -> None:
    """One for the first stream; then four at a time, also when only their turn is awaited."""
    names = [f"list_{number}" for number in range(9)]
    waves = threading.Barrier(4)

    def meet() -> bytes:
        waves.wait(10)
        return http("[]")

    with RawServer({"/list_0": lambda: http("[]")}) as server:
        server.replies |= {f"/{name}": meet for name in names[1:]}
        endpoint = {"paginator": "single_page", "data_selector": "$"}
        entry = {"primary_key": "id", "endpoint": endpoint}
        schema = {"type": "object", "properties": {"id": {"type": "string"}}}
        entries = [{"name": name, "schema": schema, **entry} for name in names]
        outcome = sync({"base_url": server.url, "resources": entries, "concurrency": 4})
    assert outcome.error is None
    assert len(server.asked) == len(names)


def test_nothing_is_asked_for_ahead_of_the_first_response() -> None:
    asked_by_then: list[str] = []

    def wait() -> bytes:
        time.sleep(0.3)
        asked_by_then.extend(server.asked)
        return http(EMPTY)

    with RawServer({"/buyers": wait, "/listings": lambda: http(EMPTY)}) as server:
        config = {"base_url": server.url, "access_token": "t-1", "concurrency": 4}
        outcome = sync(config, "buyers", "listings")
    assert outcome.error is None
    assert asked_by_then == ["/buyers"]


@pytest.mark.parametrize("settings", [{"concurrency": 1}, {"requests_per_minute": 1000}])
def test_one_request_at_a_time_or_a_limit_by_the_minute_leaves_the_order_of_requests(
    sandbox: Sandbox, settings: dict[str, Any]
) -> None:
    config = connected(sandbox, **{"concurrency": 4, **settings}, page_size=50)
    sync(config, *STREAMS)
    paths = [each.path for each in sandbox.requests if each.method == "GET"]
    assert paths == sorted(paths, key=[f"/{name}" for name in STREAMS].index)


@pytest.mark.parametrize("settings", [{"read_by": "pages"}, {}])
def test_the_output_the_state_and_the_requests_are_those_of_streams_that_ask_in_their_turn(
    read: Read, settings: dict[str, Any]
) -> None:
    for state in (None, read(0)[0].state):
        in_turn, requests_in_turn = read(0, state, **settings)
        early, requests_early = read(3, state, **settings)
        assert early.of("SCHEMA") == in_turn.of("SCHEMA")
        assert states(early) == states(in_turn)
        for name in STREAMS:
            assert early.records(name) == in_turn.records(name)
            assert early.stream(name)["requests"] == in_turn.stream(name)["requests"]
        assert requests_early == requests_in_turn


def test_a_stream_that_fails_when_asked_ahead_fails_in_its_turn_and_no_other_does(
    read: Read, sandbox: Sandbox
) -> None:
    sandbox.fault("status", stream="contracts", code=500, times=None)
    outcomes = []
    for most in (0, 3):
        outcome, requests = read(most, error_handler={"max_retries": 1})
        assert {name: outcome.stream(name)["status"] for name in STREAMS} == {
            "buyers": "succeeded",
            "contracts": "failed",
            "listings": "succeeded",
            "opportunities": "succeeded",
        }
        assert len(outcome.records("opportunities")) == 250
        outcomes.append((outcome.stream("contracts")["error"], requests))
    assert outcomes[0] == outcomes[1]


def test_nothing_more_is_asked_for_where_no_stream_can_be_read() -> None:
    # Bound, so that nobody else has the port, and nobody listens.
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        config = {"base_url": url, "access_token": "t-1", "error_handler": {"max_retries": 0}}
        outcome = sync({**config, "connection_retry_seconds": 0}, *STREAMS)
    assert outcome.error is not None
    assert [each["name"] for each in outcome.report["streams"]] == ["buyers"]


class APage:
    """What a page is to whoever keeps it: when it came."""

    def __init__(self, answered: float) -> None:
        """It came then."""
        self.answered = answered


def kept(*, age: float = 0.0) -> tuple[FirstPages, StillClock, APage]:
    pages, clock = FirstPages(), StillClock()
    page = APage(clock.monotonic() - age)
    pages.ask("buyers", ("GET", 1), lambda _: page)  # type: ignore[arg-type,return-value]  # enough of one
    return pages, clock, page


def test_the_same_request_gets_the_page_once() -> None:
    pages, clock, page = kept()
    assert id(pages.take("buyers", ("GET", 1), clock)) == id(page)
    assert pages.take("buyers", ("GET", 1), clock) is None


def test_another_request_gets_nothing_and_the_page_is_dropped() -> None:
    pages, clock, _ = kept()
    assert pages.take("buyers", ("GET", 2), clock) is None
    assert "buyers" not in pages


def test_a_page_that_came_long_ago_is_asked_for_again_and_no_other_is_asked_for_ahead() -> None:
    pages, clock, _ = kept(age=FRESH_SECONDS + 1)
    assert pages.take("buyers", ("GET", 1), clock) is None
    assert pages.too_old


def test_an_error_is_raised_where_the_page_is_taken() -> None:
    pages, error = FirstPages(), OSError("gone")

    def fail(_: threading.Event) -> Any:  # noqa: ANN401  # never a page
        raise error

    pages.ask("buyers", (), fail)
    with pytest.raises(OSError, match="gone"):
        pages.take("buyers", (), StillClock())
