"""A server that is gone for a while is waited for, and no longer than the setting says."""

from __future__ import annotations

from socket import gaierror
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest
from requests.exceptions import ConnectionError  # noqa: A004  # of the library, not of Python
from urllib3.exceptions import NameResolutionError

from tap_analytics.http.failures import unreachable
from tests.support.harness import StillClock, connected
from tests.support.one_stream import read, run

if TYPE_CHECKING:
    from threading import Event

    from tap_analytics.sandbox import Sandbox


class Outage(StillClock):
    """A clock on which a sandbox comes back after so many seconds of waiting."""

    def __init__(self, sandbox: Sandbox, seconds: float) -> None:
        """Send it away now."""
        super().__init__()
        self._sandbox, self._ends, self._away = sandbox, seconds, True
        sandbox.go_away()

    def wait(self, seconds: float, stop: Event) -> None:
        """Let the time pass."""
        super().wait(seconds, stop)
        if self._away and sum(self.waits) >= self._ends:
            self._away = False
            self._sandbox.come_back()

    def end(self) -> None:
        """Bring it back, so that it can be closed."""
        if self._away:
            self._sandbox.come_back()


@pytest.mark.parametrize("seconds", [1, 14, 30, 60])
@pytest.mark.parametrize("retries", [0, 3])
def test_a_server_that_is_gone_is_outlasted(sandbox: Sandbox, seconds: int, retries: int) -> None:
    handler = {"max_retries": retries}
    clock = Outage(sandbox, seconds)
    outcome = read(connected(sandbox, concurrency=1, error_handler=handler), clock)
    clock.end()
    assert outcome.error is None
    assert len(outcome.records("buyers")) == 25
    assert seconds <= sum(outcome.waits) <= 60


@pytest.mark.parametrize(("budget", "waits"), [(0, [2, 4, 8]), (20, [2, 4, 8, 6]), (3, [2, 4, 8])])
def test_the_setting_says_how_long(sandbox: Sandbox, budget: int, waits: list[int]) -> None:
    clock = Outage(sandbox, 1_000)
    outcome = read(connected(sandbox, concurrency=1, connection_retry_seconds=budget), clock)
    clock.end()
    assert outcome.waits == waits
    assert outcome.error is not None


def test_an_answer_that_is_an_error_uses_the_policys_retries_only(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=1, times=99, code=503)
    assert run(sandbox).waits == [2, 4, 8]


def test_a_name_that_does_not_exist_is_not_waited_for() -> None:
    unknown = NameResolutionError("x.invalid", Mock(), gaierror(-2, "Name or service not known"))
    later = NameResolutionError("x.example", Mock(), gaierror(-3, "Temporary failure"))
    assert not unreachable(ConnectionError(unknown))
    assert unreachable(ConnectionError(later))
