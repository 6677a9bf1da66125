"""Compare what two checkouts write, byte for byte: `python -m benchmarks.same_output FOLDER`.

Both read the sandbox's data, with every oddity in it, and the benchmark's pages in each of their
forms, one request at a time. Only what tells when a response had come is left out.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import data, servers
from benchmarks.measure import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parents[1]
FORMS = (data.COMPACT, data.PRETTY, data.UNKNOWN)
SHOWN = 3
_WHEN = re.compile(rb',"time_extracted":"[^"]*"')


def lines(checkout: Path, config: dict[str, Any], folder: Path) -> list[bytes]:
    """Return the messages that a checkout's tap writes, but for its states.

    Raises:
        RuntimeError: It failed.
    """
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    ended = subprocess.run(  # noqa: S603 - our own tap
        [sys.executable, "-m", "tap_analytics", "--config", str(path)],
        cwd=checkout,
        env=environment(folder / "bytecode"),
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        message = f"The tap of {checkout} failed: {ended.stderr.decode()[-500:]}"
        raise RuntimeError(message)
    found = ended.stdout.splitlines()
    return [_WHEN.sub(b"", line) for line in found if not line.startswith(b'{"type":"STATE"')]


def differences(one: Sequence[bytes], other: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the lines that differ, in their order."""
    pairs = zip_longest(one, other, fillvalue=b"no line")
    return [(left, right) for left, right in pairs if left != right]


@contextmanager
def _sandbox() -> Iterator[dict[str, Any]]:
    """Run a sandbox and yield what it says of itself."""
    command = [sys.executable, "-m", "tap_analytics.sandbox", "--json"]
    with subprocess.Popen(  # noqa: S603 - our own sandbox
        command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdout is None:
            raise RuntimeError
        yield json.loads(process.stdout.readline())
        process.communicate()


@contextmanager
def sources(records: int, folder: Path) -> Iterator[dict[str, dict[str, Any]]]:
    """Yield the tap's settings for everything that is compared, by name."""
    with ExitStack() as open_servers:
        sandbox = open_servers.enter_context(_sandbox())
        found = {
            f"sandbox, {api}, read by {way}": {
                "base_url": sandbox["base_url"],
                "token_url": sandbox["token_url"][api],
                "client_id": sandbox["client_id"],
                "client_secret": sandbox["client_secret"],
                "api": api,
                "read_by": way,
                "page_size": 50,
                "concurrency": 1,
            }
            for api in ("accounting", "marketplace")
            for way in ("auto", "pages")
        }
        for form in FORMS:
            root = folder / form.replace(" ", "-")
            root.mkdir()
            data.write_pages(root, records, 100, data.STREAMS, form)
            data.write_empty_page(root, "analytics/datasets/marketplace_disbursements")
            server = open_servers.enter_context(servers.page_server(root, latency=0.0))
            found[f"benchmark, {form}"] = {
                "base_url": server.base_url,
                "access_token": data.TOKEN,
                "api": "marketplace",
                "read_by": "pages",
                "page_size": 100,
                "concurrency": 1,
            }
        yield found


def compare(other: Path, records: int) -> int:
    """Compare this checkout with another one, and tell what differs.

    Returns:
        How many lines differ.
    """
    differing = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sources(records, folder) as found:
            for case, config in found.items():
                ours, theirs = (lines(each, config, folder) for each in (HERE, other))
                differ = differences(ours, theirs)
                differing += len(differ)
                sys.stdout.write(f"{case}: {len(ours):,} lines, {len(differ):,} differ\n")
                for left, right in differ[:SHOWN]:
                    sys.stdout.write(f"  here:  {left[:500]!r}\n  there: {right[:500]!r}\n")
    return differing


def main() -> int:
    """Compare as the command line says; the exit code is 1 where a line differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the root of another checkout")
    parser.add_argument("--records", type=int, default=2000, help="of each stream; default: 2000")
    arguments = parser.parse_args()
    return 1 if compare(arguments.other.resolve(), arguments.records) else 0


if __name__ == "__main__":
    sys.exit(main())
