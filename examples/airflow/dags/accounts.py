"""What connections.yml says. Run as a command it prints the pools, for `airflow pools import`."""  # noqa: INP001 -- no package

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

DEFAULT_FILE = Path(__file__).parents[1] / "connections.yml"


@dataclass(frozen=True)
class Account:
    """An API account: the limits that all its connections share, and the connections."""

    name: str
    api: str
    schema: str
    slots: int
    requests_per_minute: int
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a budget that leaves a task less than one request a minute."""
        if not 1 <= self.slots <= self.requests_per_minute:
            message = f"{self.name}: slots must be from 1 to requests_per_minute"
            raise ValueError(message)

    def tasks(self) -> list[dict[str, Any]]:
        """Return what each task of this account is given: plain JSON, no secret in it.

        The tap counts its requests per process and knows nothing of other workers. So each slot of
        the account's pool gets an equal part of the account's limit.
        """
        shared = {"account": self.name, "schema": self.schema}
        settings = {
            "api": self.api,
            "requests_per_minute": self.requests_per_minute // self.slots,
        }
        return [
            {
                **shared,
                "name": f"{self.name}.{name}",
                "select": connection.get("select", ["*.*"]),
                "full_refresh": connection.get("full_refresh") == "daily",
                "settings": {**settings, **connection.get("settings", {})},
            }
            for name, connection in self.connections.items()
        ]


def read_accounts() -> list[Account]:
    """Return the accounts of connections.yml, or of the file that CONNECTIONS_FILE names."""
    path = Path(os.environ.get("CONNECTIONS_FILE", DEFAULT_FILE))
    accounts = yaml.safe_load(path.read_text(encoding="utf-8"))["accounts"]
    return [Account(name=name, **account) for name, account in accounts.items()]


def pools() -> dict[str, dict[str, Any]]:
    """Return a pool for each account, in the form of `airflow pools import`."""
    return {
        account.name: {
            "slots": account.slots,
            "description": f"Connections of {account.name} that run at once",
            "include_deferred": False,
        }
        for account in read_accounts()
    }


if __name__ == "__main__":
    json.dump(pools(), sys.stdout, indent=2)
