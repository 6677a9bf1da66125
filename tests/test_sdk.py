"""What the tap leans on in the SDK: what settings ask of it, and the seams that must stay."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk import RESTStream, Stream, Tap
from singer_sdk.exceptions import AbortedSyncPausedException, ConfigValidationError
from singer_sdk.helpers._state import StateWriter as SDKStateWriter

import tap_analytics
from tap_analytics.client import AnalyticsStream
from tap_analytics.sync.message_writer import MessageWriter
from tap_analytics.sync.state.state_writer import StateWriter
from tap_analytics.tap import TapAnalytics
from tests.support.harness import connected, only, sync
from tests.support.pipe import Pipe, SDKTap, piped, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.helpers.types import TapState

    from tap_analytics.sandbox import Sandbox


@pytest.mark.parametrize("alias", ["buyers", "customers"])
def test_a_stream_map_renames_drops_and_computes(sandbox: Sandbox, alias: str) -> None:
    maps = {
        "buyers": {
            "__alias__": alias,
            "domain": None,
            "label": "cloud + '/' + status",
            "__filter__": "cloud == 'aws'",
        }
    }
    outcome = sync(connected(sandbox, stream_maps=maps), "buyers")
    rows = {row["id"]: row for row in sandbox.rows("buyers") if row["cloud"] == "aws"}
    sent = outcome.records(alias)
    assert {row["id"] for row in sent} == set(rows)
    assert len(sent) == len(rows) < 250
    for row in sent:
        assert "domain" not in row
        assert row["label"] == f"{row['cloud']}/{row['status']}"
    assert [schema["stream"] for schema in outcome.of("SCHEMA")] == [alias]
    assert outcome.stream("buyers")["verdict"] == "proven"


def test_a_stream_map_can_copy_a_stream(sandbox: Sandbox) -> None:
    maps = {"buyers_2": {"__source__": "buyers", "id": "id", "__else__": None}}
    outcome = sync(connected(sandbox, stream_maps=maps), "buyers")
    assert len(outcome.records("buyers")) == len(outcome.records("buyers_2")) == 250
    assert list(outcome.records("buyers_2")[0]) == ["id"]


def test_flattening_turns_nested_objects_into_columns(sandbox: Sandbox) -> None:
    config = connected(sandbox, "accounting", flattening_enabled=True, flattening_max_depth=2)
    outcome = sync(config, "bank_transactions")
    sent = {row["BankTransactionID"]: row for row in outcome.records("bank_transactions")}
    rows = sandbox.rows("bank_transactions")
    assert len(sent) == len(rows)
    (schema,) = outcome.of("SCHEMA")
    for row in rows:
        flat, account = sent[row["BankTransactionID"]], row.get("BankAccount") or {}
        assert flat.get("BankAccount__Code") == account.get("Code")
        assert flat.get("BankAccount") is None
    assert "BankAccount__Code" in schema["schema"]["properties"]


def test_a_property_that_is_not_selected_stays_at_home(sandbox: Sandbox) -> None:
    config = connected(sandbox)
    catalog = only("buyers", config=config)
    (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == "buyers")
    for item in entry["metadata"]:
        if tuple(item["breadcrumb"]) in {("properties", "name"), ("properties", "domain")}:
            item["metadata"]["selected"] = False
    messages = run(TapAnalytics(config=config, catalog=catalog))
    sent = [message["record"] for message in messages if message["type"] == "RECORD"]
    assert len(sent) == 250
    assert not {"name", "domain"} & {name for row in sent for name in row}
    (schema,) = (message["schema"] for message in messages if message["type"] == "SCHEMA")
    assert not {"name", "domain"} & set(schema["properties"])


def test_a_version_goes_with_every_record_and_is_activated_behind_them(sandbox: Sandbox) -> None:
    name = "analytics_marketplace_disbursements"
    fast, slow = (
        sync(connected(sandbox, emit_activate_version_messages=True), name, tap_class=tap)
        for tap in (TapAnalytics, SDKTap)
    )
    for outcome in (fast, slow):
        (activation,) = outcome.of("ACTIVATE_VERSION")
        assert {row["version"] for row in outcome.of("RECORD")} == {activation["version"]}
        kinds = [message["type"] for message in outcome.messages]
        assert (
            kinds.index("ACTIVATE_VERSION")
            == max(place for place, kind in enumerate(kinds) if kind == "RECORD") + 1
        )


# What the tap leans on in the SDK -----------------------------------------------------------------

PARAMETERS: dict[Callable[..., Any], list[str]] = {
    Stream.sync: ["self", "context"],
    Stream._sync_records: ["self", "context", "write_messages"],
    Stream._generate_record_messages: ["self", "record"],
    Stream._write_schema_message: ["self"],
    Stream._write_state_message: ["self"],
    Stream._abort_sync: ["self", "abort_reason"],
    Stream.get_context_state: ["self", "context"],
    Stream.get_replication_key_signpost: ["self", "context"],
    Stream.finalize_state_progress_markers: ["self", "state"],
    RESTStream.get_http_request: ["self", "page"],
    RESTStream.parse_response: ["self", "response"],
    RESTStream.request_records: ["self", "context"],
    RESTStream.get_url: ["self", "context"],
    Tap.sync_all: ["self"],
    Tap._validate_config: ["self", "raise_errors"],
}


@pytest.mark.parametrize("seam", PARAMETERS, ids=lambda seam: seam.__qualname__)
def test_a_seam_of_the_sdk_takes_what_the_tap_gives_it(seam: Callable[..., Any]) -> None:
    assert list(inspect.signature(seam).parameters) == PARAMETERS[seam]


# Private names of the SDK: each one that the tap uses, with what it is used for -------------------


def _streams_know_their_tap(tap: TapAnalytics) -> None:
    assert buyers(tap).run is tap.run


def _records_are_read_by_the_tap_itself(tap: TapAnalytics) -> None:
    run(tap)
    parts = tap.run.report.as_dict()["streams"]
    assert [part["verdict"] for part in parts] == ["proven"]


def _a_schema_is_written_once_per_stream(tap: TapAnalytics) -> None:
    stream = buyers(tap)
    with piped() as pipe:
        stream.sync()
        stream.sync()
    assert [kind for kind in kinds_in(pipe) if kind == "SCHEMA"] == ["SCHEMA"]


def _a_record_goes_through_the_stream_maps_with_its_version(tap: TapAnalytics) -> None:
    with piped() as pipe:
        assert buyers(tap).write_mapped([{"id": "1", "name": "x"}], 7, Counter()) == 1
        buyers(tap).flush()
    (message,) = map(json.loads, pipe.getvalue().splitlines())
    assert (message["record"], message.get("version")) == ({"id": "1", "name": "x"}, 7)


def _an_aborted_sync_ends_as_the_sdk_ends_one(tap: TapAnalytics) -> None:
    with piped(), pytest.raises(AbortedSyncPausedException):
        buyers(tap).abort(RuntimeError("enough"))


def _the_states_of_all_streams_go_through_the_taps_own_writer(tap: TapAnalytics) -> None:
    assert isinstance(tap.state_writer, StateWriter)


def _the_tap_says_itself_what_is_wrong_with_a_configuration(tap: TapAnalytics) -> None:
    with pytest.raises(ConfigValidationError) as refused:
        type(tap)(config={**tap.config, "page_size": 0})
    assert refused.value.errors == ["page_size must be at least 1."]


def _a_state_that_did_not_change_is_not_written_again(tap: TapAnalytics) -> None:
    writer = tap.state_writer
    state: TapState = {"bookmarks": {"buyers": {}}}
    assert isinstance(writer, StateWriter)
    with piped() as pipe:
        writer.write_state(state)
        writer.write_state(state)
        buyers(tap).flush()
        assert kinds_in(pipe) == ["STATE"]
        # The last state of a run goes out again where a record stands behind the one before.
        writer.followed = True
        writer.write_last(state)
        buyers(tap).flush()
        assert kinds_in(pipe) == ["STATE", "STATE"]


PRIVATE: dict[str, Callable[[TapAnalytics], None]] = {
    "_tap": _streams_know_their_tap,
    "_sync_records": _records_are_read_by_the_tap_itself,
    "_write_schema_message": _a_schema_is_written_once_per_stream,
    "_generate_record_messages": _a_record_goes_through_the_stream_maps_with_its_version,
    "_stream_version": _a_record_goes_through_the_stream_maps_with_its_version,
    "_state_writer": _the_states_of_all_streams_go_through_the_taps_own_writer,
    "_last_emitted_state": _a_state_that_did_not_change_is_not_written_again,
    "_abort_sync": _an_aborted_sync_ends_as_the_sdk_ends_one,
    "_validate_config": _the_tap_says_itself_what_is_wrong_with_a_configuration,
}
"""Whoever uses another one adds it here, with a check that fails when the SDK renames it."""


def buyers(tap: TapAnalytics) -> AnalyticsStream:
    """Return one stream of a tap."""
    stream = tap.streams["buyers"]
    assert isinstance(stream, AnalyticsStream)
    return stream


def kinds_in(pipe: Pipe) -> list[str]:
    """Return the types of the messages in a pipe, in order."""
    return [json.loads(line)["type"] for line in pipe.getvalue().splitlines()]


def using(function: FunctionType, old: str, new: str) -> FunctionType:
    """Return a copy of a function that uses `new` wherever it used `old`."""
    names = tuple(new if used == old else used for used in function.__code__.co_names)
    changed = FunctionType(
        function.__code__.replace(co_names=names),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    changed.__kwdefaults__ = function.__kwdefaults__
    return changed


def renamed_in_the_sdk(monkeypatch: pytest.MonkeyPatch, old: str) -> None:
    """Give a private name another one, wherever the SDK's tap and streams define or use it."""
    new = f"{old}_renamed"
    owners = {
        cls
        for ours in (RESTStream, Tap, SDKStateWriter)
        for cls in ours.__mro__
        if cls is not object
    }
    for owner in owners:
        for name, member in list(vars(owner).items()):
            function = member.fget if isinstance(member, property) else member
            if isinstance(function, FunctionType) and old in function.__code__.co_names:
                changed: Any = using(function, old, new)
                if isinstance(member, property):
                    changed = property(changed, member.fset)
                monkeypatch.setattr(owner, name, changed)
    for owner in owners:
        if old in vars(owner):
            monkeypatch.setattr(owner, new, vars(owner)[old], raising=False)
            monkeypatch.delattr(owner, old)


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_name_of_the_sdk_does_what_the_tap_uses_it_for(
    sandbox: Sandbox, name: str
) -> None:
    PRIVATE[name](OneStreamTap(config=connected(sandbox)))


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_name_that_the_sdk_renames_is_noticed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    renamed_in_the_sdk(monkeypatch, name)
    with pytest.raises((AssertionError, AttributeError, TypeError)):
        PRIVATE[name](OneStreamTap(config=connected(sandbox)))


MODULES: dict[str, tuple[str, list[str]]] = {
    "singer_sdk.helpers._catalog": (
        "pop_deselected_record_properties",
        ["record", "schema", "mask", "breadcrumb"],
    ),
    "singer_sdk.helpers._state": ("StateWriter", ["message_writer"]),
}
"""Private modules of the SDK: what is used of each, and what it takes."""


@pytest.mark.parametrize("module", MODULES)
def test_a_private_module_of_the_sdk_has_what_the_tap_takes_of_it(module: str) -> None:
    name, parameters = MODULES[module]
    assert list(inspect.signature(getattr(import_module(module), name)).parameters) == parameters


def sources() -> dict[str, ast.Module]:
    """Return the tap's modules, parsed, by their names; the sandbox is another program."""
    root = Path(str(tap_analytics.__file__)).parent
    found = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        if "sandbox" not in parts:
            found[".".join(parts).removesuffix(".__init__")] = ast.parse(path.read_text("utf-8"))
    return found


def is_private(name: str) -> bool:
    """Whether a name is private, and not one of Python's own."""
    return name.startswith("_") and not name.startswith("__")


def test_no_module_imports_another_private_part_of_the_sdk() -> None:
    taken = {
        (node.module, alias.name)
        for tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("singer_sdk")
        for alias in node.names
        if any(map(is_private, [*str(node.module).split("."), alias.name]))
    }
    assert taken == {(module, name) for module, (name, _) in MODULES.items()}
    whole = [
        alias.name
        for tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.startswith("singer_sdk")
    ]
    assert not any(is_private(part) for name in whole for part in name.split("."))


def sdk_classes() -> set[type]:
    """Return every class of the tap that is made of one of the SDK's, with all its bases."""
    for name in sources():
        if not name.endswith("__main__"):
            import_module(name)
    found: set[type] = set()
    waiting = [
        each
        for name, module in list(sys.modules.items())
        if name.split(".")[0] == "tap_analytics"
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__.startswith("tap_analytics")
    ]
    for each in waiting:
        if any(base.__module__.startswith("singer_sdk") for base in each.__mro__):
            found |= set(each.__mro__)
    return found


def private_names(package: str) -> set[str]:
    """Return the private names that a package's classes of `sdk_classes` mention."""
    names: set[str] = set()
    for cls in sdk_classes():
        if not cls.__module__.startswith(package):
            continue
        for name, member in vars(cls).items():
            wrapped = (getattr(member, how, None) for how in ("fget", "func", "__func__"))
            function = next(filter(None, wrapped), member)
            # Not what Python makes for a data class.
            if isinstance(function, FunctionType) and package in function.__code__.co_filename:
                names |= {name, *function.__code__.co_names}
    return set(filter(is_private, names))


def test_no_other_private_name_of_the_sdk_is_used() -> None:
    assert {AnalyticsStream, TapAnalytics, StateWriter, MessageWriter} <= sdk_classes()
    assert private_names("tap_analytics") & private_names("singer_sdk") == PRIVATE.keys()


def test_no_module_reaches_into_an_object_that_is_not_its_own() -> None:
    """Then the classes made of the SDK's, which the test above looks at, are all there is."""
    reached = set()
    for module, tree in sources().items():
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        own |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or not is_private(node.attr):
                continue
            itself = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            if not itself and node.attr not in own:
                reached.add((module, ast.unparse(node)))
    assert reached == {
        ("tap_analytics.http.auth", "parts._replace"),
        ("tap_analytics.records.conform", "field._replace"),
        ("tap_analytics.records.conform", "found._replace"),
        ("tap_analytics.command_line", "os._exit"),
    }


def test_an_error_that_ends_a_run_has_its_own_sentence_and_is_not_called_unhandled(
    sandbox: Sandbox,
) -> None:
    outcome = sync(connected(sandbox, client_secret="wrong"), "buyers")  # opens nothing
    assert outcome.report["error"]
    assert [line for line in outcome.log if "unhandled" in line] == []
    assert any("Beginning sync" in line for line in outcome.log)


class OneStreamTap(TapAnalytics):
    """The tap with the stream `buyers` alone."""

    def discover_streams(self) -> list[AnalyticsStream]:
        """That one."""
        return [stream for stream in super().discover_streams() if stream.name == "buyers"]


class Watched(TapAnalytics):
    """A tap that remembers how the SDK calls its stream, and lets no record go out the slow way."""

    def discover_streams(self) -> list[AnalyticsStream]:
        """One stream, watched."""
        (stream,) = (found for found in super().discover_streams() if found.name == "buyers")
        self.calls: list[str] = []
        for name in ("_write_schema_message", "_sync_records", "finalize_state_progress_markers"):
            setattr(stream, name, self._watched(name, getattr(stream, name)))
        stream._write_record_message = self._never  # type: ignore[method-assign]  # watched
        return [stream]

    def _watched(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- the SDK's own
            self.calls.append(f"{name} {sorted(kwargs)}")
            return call(*args, **kwargs)

        return watched

    def _never(self, record: Any) -> None:  # noqa: ANN401 -- a record
        message = f"a record went out the slow way: {record}"
        raise AssertionError(message)


def test_the_sdk_calls_the_sync_of_records_once_between_schema_and_state(sandbox: Sandbox) -> None:
    tap = Watched(config=connected(sandbox))
    kinds = [message["type"] for message in run(tap)]
    assert tap.calls == [
        "_write_schema_message []",
        "_sync_records ['context']",
        "finalize_state_progress_markers []",
    ]
    assert kinds == ["SCHEMA", *["RECORD"] * 250, "STATE"]


def test_a_dry_run_ends_at_its_limit_with_the_state_and_asks_for_no_more(sandbox: Sandbox) -> None:
    tap = TapAnalytics(config=connected(sandbox, concurrency=1))
    with piped() as pipe:
        tap.run_sync_dry_run(150, [tap.streams["buyers"]])
    messages = [json.loads(line) for line in pipe.getvalue().splitlines()]
    kinds = [message["type"] for message in messages]
    assert kinds == ["SCHEMA", *["RECORD"] * 150, "STATE"]
    assert messages[-1]["value"] == {"bookmarks": {"buyers": {}}}
    pages = [entry.page for entry in sandbox.requests if entry.stream == "buyers"]
    assert pages == [1, 2]


def test_the_writer_that_the_sdk_makes_is_the_taps_own_and_writes_its_states(
    sandbox: Sandbox,
) -> None:
    tap = TapAnalytics(config=connected(sandbox))
    assert type(tap.message_writer) is MessageWriter
    assert tap.state_writer._message_writer is tap.message_writer
