"""The sandbox as a process of its own: one line when ready, and an end with its stdin."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_analytics.sandbox.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [
    sys.executable,
    "-m",
    "tap_analytics.sandbox",
    "--json",
    "--rows",
    "buyers=30",
    "contacts=3",
]


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield process
        process.kill()


def ready(child: subprocess.Popen[str]) -> dict[str, Any]:
    assert child.stdout
    facts: dict[str, Any] = json.loads(child.stdout.readline())
    return facts


def token(facts: dict[str, Any]) -> str:
    known = {"client_id": facts["client_id"], "client_secret": facts["client_secret"]}
    response = requests.post(facts["token_url"]["marketplace"], json=known, timeout=10)
    return str(response.json()["access_token"])


def command(facts: dict[str, Any], **what: object) -> requests.Response:
    return requests.post(facts["base_url"] + "/_control", json=what, timeout=10)


def test_one_line_says_where_and_the_end_of_stdin_ends_it(child: subprocess.Popen[str]) -> None:
    facts = ready(child)
    assert set(facts) == {"base_url", "token_url", "client_id", "client_secret"}
    headers = {"Authorization": f"Bearer {token(facts)}"}
    assert (
        requests.get(facts["base_url"] + "/buyers", headers=headers, timeout=10).json()["count"]
        == 30
    )
    said, complained = child.communicate(timeout=10)
    assert (said, complained, child.returncode) == ("", "", 0)


def test_whoever_kills_it_finds_it_gone(child: subprocess.Popen[str]) -> None:
    ready(child)
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=10) == -signal.SIGTERM


def test_it_is_steered_over_http(child: subprocess.Popen[str]) -> None:
    facts = ready(child)
    minted = command(facts, mint_token={}).json()["result"]

    def read(page: int = 1) -> requests.Response:
        url, headers = facts["base_url"] + "/buyers", {"Authorization": f"Bearer {minted}"}
        return requests.get(
            url, headers=headers, params={"page": page, "page_size": 10}, timeout=10
        )

    first = read().json()["results"]
    command(facts, fault={"action": "status", "stream": "buyers", "code": 503, "times": None})
    assert read().status_code == 503
    command(facts, clear={})
    command(facts, fault={"action": "edit", "stream": "buyers", "page": 2, "delete": [0]})
    assert (read().json()["results"], read(2).json()["count"]) == (first, 29)
    deleted = command(facts, edit={"stream": "buyers", "delete": [first[1]["id"]]}).json()
    assert deleted["result"] == {"deleted": [first[1]["id"]], "touched": [], "inserted": []}
    command(facts, orders={"buyers": "key"})
    order = [row["id"] for row in read().json()["results"]]
    assert order == sorted(order)
    assert len(command(facts, rows={"stream": "buyers"}).json()["result"]) == 28
    assert command(facts, counts={}).json()["result"] == {
        "requests": 5,
        "tokens": 0,
        "most_in_flight": 1,
    }
    assert minted not in command(facts, requests={}).text
    assert command(facts, revoke_tokens={}).json() == {"result": 1}
    assert read().status_code == 401


@pytest.mark.parametrize("what", [{}, {"dance": {}}, {"fault": {}}, {"clear": {}, "counts": {}}])
def test_a_command_that_makes_no_sense_is_refused(
    child: subprocess.Popen[str], what: dict[str, Any]
) -> None:
    response = command(ready(child), **what)
    assert response.status_code == 400
    assert "fault" in response.json()["known"]


def test_by_hand_it_says_how_to_point_the_tap_at_it() -> None:
    arguments = [sys.executable, "-m", "tap_analytics.sandbox", "--rows", "buyers=3"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines: list[str] = []
        while not lines or "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    text = "".join(lines)
    config = json.loads(text[text.index("{") : text.index("}") + 1])
    assert set(config) == {"base_url", "token_url", "client_id", "client_secret"}
    assert "tap-analytics --config config.json" in text


def test_a_count_that_is_no_count_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--rows", "buyers=many"])
    assert "--rows" in capsys.readouterr().err


def test_options_set_faults_live_edits_orders_formats_and_a_delay() -> None:
    arguments = "--fault status stream=buyers page=2 code=503"
    arguments += ' --fault headers stream=buyers values={"X-A":"b"}'
    arguments += " --edits-per-page buyers=2 --order buyers=key items=-modified"
    arguments += " --time-format items=seconds --delay 0.2"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*COMMAND, *arguments.split()], stdin=pipe, stdout=pipe, text=True
    ) as process:
        facts = ready(process)
        headers = {"Authorization": f"Bearer {token(facts)}"}

        def read(path: str) -> requests.Response:
            return requests.get(facts["base_url"] + path, headers=headers, timeout=10)

        started = time.monotonic()
        first = read("/buyers?page_size=10")
        assert time.monotonic() - started >= 0.2
        assert first.headers["X-A"] == "b"
        keys = [row["id"] for row in first.json()["results"]]
        assert keys == sorted(keys)
        assert read("/buyers?page_size=10&page=2").status_code == 503
        items = read("/shapes/from_1").json()["items"]
        times = [item["updated_at"] for item in items]
        assert times == sorted(times, reverse=True)
        assert isinstance(times[0], int)
        assert len(command(facts, edit_log={}).json()["result"]) == 4
        process.communicate()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--fault explode", "no action 'explode'"),
        ("--fault status stream", "'stream' is not NAME=VALUE"),
        ("--edits-per-page events=1", "no stream 'events' with a key"),
        ("--time-format items=swatch", "no time format"),
        ("--rows nobody=1", "no stream"),
        ("--order buyers", "'buyers' is not NAME=VALUE"),
    ],
)
def test_an_option_that_makes_no_sense_is_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: str, says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
    assert says in capsys.readouterr().err
