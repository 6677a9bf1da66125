"""Run the sandbox by hand, or as the child process of whoever needs one."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import threading
from typing import TYPE_CHECKING, Any

from .actions import ACTIONS
from .server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_HELLO = """\
The sandbox serves at {base_url}. To read from it, save this as config.json:

{config}

and run: tap-analytics --config config.json

That reads both APIs. The accounting API's own token endpoint is {accounting}. A bearer token to
use as access_token instead of token_url, client_id and client_secret: {token}
Faults and edits on request: POST {base_url}/_control. It ends with Ctrl-C.
"""


def _row_count(text: str) -> tuple[str, int]:
    stream, _, count = text.partition("=")
    return stream, int(count)


def _rate(text: str) -> tuple[str, float]:
    stream, _, number = text.partition("=")
    return stream, float(number)


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        message = f"{text!r} is not NAME=VALUE"
        raise argparse.ArgumentTypeError(message)
    return name, value


def _fault(words: Sequence[str]) -> dict[str, Any]:
    """Return the settings of a rule from its action and NAME=VALUE words; values may be JSON."""
    settings: dict[str, Any] = {"action": words[0]}
    for name, text in map(_pair, words[1:]):
        try:
            settings[name] = json.loads(text)
        except ValueError:
            settings[name] = text
    return settings


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tap_analytics.sandbox", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=0, help="port on 127.0.0.1 (0: any free port)")
    add("--seed", type=int, default=1, help="seed of the data and of live edits")
    _add_streams(parser, "--rows", _row_count, "N", "records of a stream")
    add("--keyless-rows", type=int, default=0, metavar="N", help="disbursements without an id")
    add("--json", action="store_true", help="print one line of JSON; end when stdin does")
    add(
        "--delay",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="time that each response with data takes longer",
    )
    add(
        "--clock-offset",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how far the server's clock is ahead",
    )
    add(
        "--fault",
        action="append",
        nargs="+",
        default=[],
        metavar=("ACTION", "NAME=VALUE"),
        help="a rule: " + ", ".join(ACTIONS),
    )
    _add_streams(parser, "--edits-per-page", _rate, "N", "live edits for each page request")
    _add_streams(parser, "--order", _pair, "ORDER", "order where none is asked for")
    _add_streams(parser, "--time-format", _pair, "FORMAT", "text, seconds or milliseconds")
    return parser


def _add_streams(
    parser: argparse.ArgumentParser,
    name: str,
    kind: Callable[[str], object],
    value: str,
    says: str,
) -> None:
    parser.add_argument(
        name, type=kind, nargs="+", default=[], metavar=f"STREAM={value}", help=says
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the end of stdin (with `--json`) or until interrupted."""
    command = parser()
    options = command.parse_args(arguments)
    try:
        sandbox = _open(options)
    except (ValueError, TypeError, argparse.ArgumentTypeError) as error:
        command.error(str(error))
    with contextlib.suppress(KeyboardInterrupt), sandbox:
        if options.json:
            _write(json.dumps(_facts(sandbox)) + "\n")
            while sys.stdin.buffer.read(65_536):
                """Only the end of the input counts."""
        else:
            _write(_greeting(sandbox))
            threading.Event().wait()


def _open(options: argparse.Namespace) -> Sandbox:
    sandbox = Sandbox(
        rows=dict(options.rows),
        seed=options.seed,
        port=options.port,
        keyless_rows=options.keyless_rows,
        orders=dict(options.order),
        time_formats=dict(options.time_format),
        delay=options.delay,
        clock_offset=options.clock_offset,
    )
    try:
        for words in options.fault:
            sandbox.fault(**_fault(words))
        for stream, number in options.edits_per_page:
            sandbox.live_edits(stream, number, seed=options.seed)
    except BaseException:
        sandbox.close()
        raise
    return sandbox


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _facts(sandbox: Sandbox) -> dict[str, object]:
    return {
        "base_url": sandbox.base_url,
        "token_url": {api: sandbox.token_url(api) for api in ("accounting", "marketplace")},
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
    }


def _greeting(sandbox: Sandbox) -> str:
    config = {**_facts(sandbox), "token_url": sandbox.token_url("marketplace")}
    return _HELLO.format(
        base_url=sandbox.base_url,
        config=json.dumps(config, indent=2),
        accounting=sandbox.token_url("accounting"),
        token=sandbox.mint_token(),
    )


if __name__ == "__main__":
    main()
