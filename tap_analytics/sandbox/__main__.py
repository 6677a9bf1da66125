"""Run the sandbox by hand, or as the child process of whoever needs one."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import threading
from typing import TYPE_CHECKING

from .server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tap_analytics.sandbox", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="where to listen on 127.0.0.1 (0: any free port)"
    )
    parser.add_argument("--seed", type=int, default=1, help="what decides the data")
    parser.add_argument(
        "--rows",
        type=_row_count,
        nargs="+",
        default=[],
        metavar="STREAM=N",
        help="records a stream has",
    )
    parser.add_argument(
        "--keyless-rows", type=int, default=0, metavar="N", help="disbursements without an id"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON; end when stdin does"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the end of stdin (with `--json`) or until interrupted."""
    options = _parse(arguments)
    with contextlib.suppress(KeyboardInterrupt), _open(options) as sandbox:
        if options.json:
            _say(json.dumps(_facts(sandbox)) + "\n")
            while sys.stdin.buffer.read(65_536):
                """Whatever is said, only the end of it counts."""
        else:
            _say(_greeting(sandbox))
            threading.Event().wait()


def _open(options: argparse.Namespace) -> Sandbox:
    return Sandbox(
        rows=dict(options.rows),
        seed=options.seed,
        port=options.port,
        keyless_rows=options.keyless_rows,
    )


def _say(text: str) -> None:
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
