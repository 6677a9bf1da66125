"""A PostgreSQL server of one's own, what its tables hold, and loads into it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

LOADER = """
import os, sys, psycopg, sqlalchemy.dialects.postgresql.psycopg
from target_postgres.target import TargetPostgres
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(2, 1)
        TargetPostgres.cli(["--config", sys.argv[1], "--input", sys.argv[2]])
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""The target's own command, once for each line; a fork each, for the target is slow to import."""
MISSING = "PostgreSQL is not installed (Debian: apt-get install postgresql)"


def program(name: str) -> str | None:
    """Return where a program of the server is: Debian keeps them out of the search path."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(places[-1]) if places else None)


def installed() -> bool:
    """Return whether a server can be started here."""
    return bool(program("initdb") and program("postgres"))


def _as_ordinary_user(*command: str) -> list[str]:
    """Return a command as somebody who is not root: the server refuses to run as root."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]


@dataclass(frozen=True)
class Server:
    """A running server that trusts whoever connects from this machine."""

    port: int
    host: str = "127.0.0.1"
    user: str = "loader"
    password: str = "trusted"
    database: str = "postgres"

    def url(self, database: str = "postgres", driver: str = "postgresql") -> str:
        """Return the address of one of its databases."""
        return f"{driver}://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def settings(self) -> dict[str, Any]:
        """Return the settings by which a target connects."""
        return {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "database": self.database,
        }

    def create_database(self, name: str) -> Self:
        """Create a database, and return the server with it for its own."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return replace(self, database=name)

    def execute(self, statement: str) -> None:
        """Execute a statement."""
        with psycopg.connect(self.url(self.database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def texts(self, query: str) -> list[str]:
        """Return the rows of a query that gives one text each."""
        with psycopg.connect(self.url(self.database)) as connection:
            return [str(text) for (text,) in connection.execute(query.encode()).fetchall()]

    def tables(self, schema: str) -> list[str]:
        """Return the names of the tables of a schema."""
        query = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1"
        with psycopg.connect(self.url(self.database)) as connection:
            return [str(name) for (name,) in connection.execute(query, [schema]).fetchall()]

    def count(self, schema: str, table: str) -> int:
        """Return how many records a table holds; 0 where there is no such table."""
        if table not in self.tables(schema):
            return 0
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        with psycopg.connect(self.url(self.database)) as connection:
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def rows(self, schema: str, table: str) -> list[dict[str, Any]]:
        """Return the records of a table; numbers with the digits that they are stored with."""
        query = sql.SQL("SELECT to_jsonb(t)::text FROM {} AS t").format(
            sql.Identifier(schema, table)
        )
        with psycopg.connect(self.url(self.database)) as connection:
            found = connection.execute(query).fetchall()
        return [json.loads(text, parse_float=Decimal) for (text,) in found]


@contextmanager
def running(max_connections: int = 200) -> Iterator[Server]:
    """Start a server with an empty database, and stop it at the end.

    Raises:
        RuntimeError: It is not installed, or did not start.
    """
    initdb, postgres = program("initdb"), program("postgres")
    if not (initdb and postgres):
        raise RuntimeError(MISSING)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres", "postgres")
        data = directory / "data"
        with socket.create_server(("127.0.0.1", 0)) as free:
            server = Server(free.getsockname()[1])
        options = ["--auth=trust", f"--username={server.user}", "--no-sync", "--encoding=UTF8"]
        subprocess.run(
            _as_ordinary_user(initdb, f"--pgdata={data}", *options, "--locale=C"),
            check=True,
            capture_output=True,
        )
        command = [postgres, "-D", str(data), "-p", str(server.port), "-k", str(directory), "-F"]
        for setting in ("listen_addresses=127.0.0.1", f"max_connections={max_connections}"):
            command += ["-c", setting]
        log = directory / "log"
        with (
            log.open("wb") as errors,
            subprocess.Popen(_as_ordinary_user(*command), stderr=errors) as process,
        ):
            try:
                _wait_until_ready(server, process, log)
                yield server
            finally:
                # The fast shutdown: SIGTERM would wait for clients to leave.
                process.send_signal(signal.SIGINT)


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            psycopg.connect(server.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            message = f"PostgreSQL did not start: {log.read_text()[-1000:]}"
            raise RuntimeError(message) from None
        return
    message = "PostgreSQL did not respond within 30 seconds"
    raise RuntimeError(message)


@contextmanager
def loading(
    server: Server, directory: Path, **settings: object
) -> Iterator[Callable[[bytes], int]]:
    """Load into the schema `loaded` of a database, by meltanolabs-target-postgres as it is.

    Args:
        server: The server, with its database.
        directory: Where the files of the target go, among them its `log`.
        settings: What the target is told besides.

    Yields:
        A function that runs the target once: it takes what a tap wrote, and returns the exit code.
    """
    config, messages = directory / "target.json", directory / "messages"
    config.write_text(
        json.dumps({**server.settings(), "default_target_schema": "loaded", **settings})
    )
    with (
        (directory / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-c", LOADER, str(config), str(messages)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as loader,
    ):
        assert loader.stdin is not None
        assert loader.stdout is not None
        to, back = loader.stdin, loader.stdout

        def load(written: bytes) -> int:
            messages.write_bytes(written)
            to.write(b"\n")
            to.flush()
            return int(back.readline())

        yield load
        to.close()
