"""Runs scenarios: pages, server, peers in turn."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from benchmarks import data, servers
from benchmarks.measure import PeerError, Sample, Source, measure
from tests.support import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.measure import Peer
    from benchmarks.scenarios import Scenario

WARM_UP_RECORDS = 200
WARM_UP_ROUND = -1


@dataclass(slots=True)
class Results:
    """Everything that one run of the benchmark has found, by the names of the scenarios."""

    samples: list[Sample] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    servers: dict[str, str] = field(default_factory=dict)
    drains: dict[str, float] = field(default_factory=dict)
    loads: dict[str, float] = field(default_factory=dict)
    """How many processes wanted a core in the minute before."""
    before: str = ""
    """The commit of the older checkout."""
    left_out: dict[str, str] = field(default_factory=dict)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    """Scenario, peer, and what went wrong."""

    @property
    def failed(self) -> set[tuple[str, str]]:
        """Which peer failed in which scenario."""
        return {(scenario, peer) for scenario, peer, _ in self.failures}

    def fail(self, scenario: str, peer: str, error: PeerError) -> None:
        """Note a failure by its first line, and drop what the peer had reached before it."""
        self.failures.append((scenario, peer, str(error).splitlines()[0]))
        self.samples = [
            each for each in self.samples if (each.scenario, each.peer) != (scenario, peer)
        ]

    def forget(self, scenario: str) -> None:
        """Drop everything about one scenario, so that it can be measured anew."""
        self.samples = [each for each in self.samples if each.scenario != scenario]
        self.failures = [each for each in self.failures if each[0] != scenario]
        for about in (self.titles, self.servers, self.drains, self.loads):
            about.pop(scenario, None)

    def of(self, scenario: str, peer: str) -> dict[int, Sample]:
        """Return one peer's samples in one scenario, by round."""
        return {
            sample.round: sample
            for sample in self.samples
            if sample.scenario == scenario and sample.peer == peer
        }

    def peers(self, scenario: str) -> list[str]:
        """Return the peers that were measured in one scenario, in the order of the first round."""
        return list(dict.fromkeys(each.peer for each in self.samples if each.scenario == scenario))


class Runner:
    """Measures scenarios below one empty folder."""

    def __init__(self, folder: Path, results: Results, *, warm_up: bool = True) -> None:
        """Add to `results`; use `folder`, an absolute path, for pages, servers and runs."""
        self.results = results
        self._warms_up = warm_up
        self._folder = folder
        self._warm: set[tuple[str, bool]] = set()

    def run(self, scenario: Scenario) -> None:
        """Measure a scenario; leave out the peers that are not installed."""
        peers = [peer for peer in scenario.peers if self._is_there(peer)]
        if scenario.into_postgres and not postgres.installed():
            self.results.left_out |= {peer.name: postgres.MISSING for peer in peers}
            return
        if peers:
            self.results.forget(scenario.name)
            self.results.loads[scenario.name] = os.getloadavg()[0]
            if self._warms_up:
                self._warm_up(scenario, peers)
            self._measure(scenario, peers)
            self.results.titles[scenario.name] = scenario.title

    def _measure(self, scenario: Scenario, peers: list[Peer]) -> None:
        """Measure the peers in turn, each once a round, each round from another start."""
        with (
            self._pages(scenario) as (root, pages),
            self._server(scenario, root) as server,
            _database(scenario) as database,
        ):
            self.results.servers[scenario.name] = server.kind
            if pages and not scenario.latency_ms:
                self.results.drains[scenario.name] = servers.drain(server, pages)
            rows = scenario.records * len(scenario.streams)
            source = Source(server.base_url, rows, scenario.page_size, database)
            for number in range(scenario.repeat):
                turn = number % len(peers)
                for peer in peers[turn:] + peers[:turn]:
                    if (scenario.name, peer.name) not in self.results.failed:
                        self._measure_once(scenario.name, peer, number, source)

    def _measure_once(self, scenario: str, peer: Peer, number: int, source: Source) -> None:
        """Measure a peer; one that fails or loses rows has no result at all in this scenario."""
        try:
            sample = measure(scenario, peer, number, source, self._folder / "run")
        except PeerError as error:
            sys.stderr.write(f"{error}\n")
            self.results.fail(scenario, peer.name, error)
            return
        if number != WARM_UP_ROUND:
            self.results.samples.append(sample)
            sys.stderr.write(_line(sample))

    def _warm_up(self, scenario: Scenario, peers: list[Peer]) -> None:
        """Run each new peer once on a few records, so that no measured run compiles bytecode."""
        records = min(scenario.records, WARM_UP_RECORDS)
        small = replace(scenario, records=records, page_size=WARM_UP_RECORDS)
        with (
            self._pages(small) as (root, _),
            servers.page_server(root, 0.0) as server,
            _database(scenario) as database,
        ):
            rows = records * len(scenario.streams)
            source = Source(server.base_url, rows, WARM_UP_RECORDS, database)
            for peer in peers:
                if (peer.name, records > 0) not in self._warm:
                    self._warm.add((peer.name, records > 0))
                    self._measure_once(scenario.name, peer, WARM_UP_ROUND, source)

    @contextmanager
    def _pages(self, scenario: Scenario) -> Iterator[tuple[Path, int]]:
        """Build the pages and remove them again; yield their folder and their number."""
        root = self._folder / "pages"
        try:
            if scenario.records:
                yield (
                    root,
                    data.write_pages(
                        root,
                        scenario.records,
                        scenario.page_size,
                        scenario.streams,
                        scenario.form,
                    ),
                )
            else:
                data.write_up_to_date(root)
                yield root, 0
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def _server(self, scenario: Scenario, root: Path) -> AbstractContextManager[servers.Server]:
        """Return the server that the scenario wants."""
        if scenario.through_page_server:
            return servers.page_server(root, scenario.latency_ms / 1000)
        return servers.static_server(root, self._folder / "server")

    def _is_there(self, peer: Peer) -> bool:
        """Tell whether what the peer needs is installed; note it where not."""
        for module in peer.needs:
            if not _importable(module):
                self.results.left_out[peer.name] = f"`{module}` cannot be imported"
                return False
        return True


def _database(scenario: Scenario) -> AbstractContextManager[postgres.Server | None]:
    """Return the database server that the scenario loads into, if any."""
    return postgres.running() if scenario.into_postgres else nullcontext()


def _importable(module: str) -> bool:
    """Tell whether a module exists, without running it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _line(sample: Sample) -> str:
    """Return the line that tells how far the benchmark is."""
    return (
        f"{sample.scenario}, round {sample.round + 1}, {sample.peer}: {sample.wall:.2f} s, "
        f"{sample.cpu:.2f} s CPU, {sample.peak / 1e6:.0f} MB\n"
    )
