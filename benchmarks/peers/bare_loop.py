"""The least that reads the pages and writes Singer records: no schema, no state, no checks."""

from __future__ import annotations

import sys

import msgspec
import requests

STREAM = "private_offers"


def main() -> None:
    """Read pages until one is empty; write them to standard output."""
    base_url, token = sys.argv[1:]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    encoder = msgspec.json.Encoder()
    page = 1
    while True:
        answer = session.get(f"{base_url}/{STREAM}", params={"page": page}, timeout=60)
        answer.raise_for_status()
        records = msgspec.json.decode(answer.content)["results"]
        if not records:
            return
        messages = [{"type": "RECORD", "stream": STREAM, "record": record} for record in records]
        sys.stdout.buffer.write(encoder.encode_lines(messages))
        page += 1


if __name__ == "__main__":
    main()
