"""What the tests with targets have at hand."""

from __future__ import annotations

import shutil
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support import postgres
from tests.support.meltano import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.postgres import Server

NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server for all tests of this process."""
    if not postgres.installed():
        pytest.skip(postgres.MISSING)
    with postgres.running() as server:
        yield server


@pytest.fixture
def database(postgres_server: Server) -> Server:
    """An empty database of one test."""
    return postgres_server.create_database(f"test_{next(NUMBERS)}")


@pytest.fixture
def load(database: Server, tmp_path: Path) -> Iterator[Callable[[bytes], None]]:
    """Loads what a run of the tap wrote into the database."""
    with postgres.loading(database, tmp_path, hard_delete=True) as loaded:

        def into_postgres(written: bytes) -> None:
            assert loaded(written) == 0, (tmp_path / "log").read_text()[-2000:]

        yield into_postgres


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A Meltano project, at first with nothing installed; its environments are not kept."""
    directory = tmp_path_factory.mktemp("meltano")
    yield Project(directory)
    shutil.rmtree(directory)
