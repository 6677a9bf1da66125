"""The command: what it prints without a network, and how it refuses what it cannot use."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tap_analytics.__main__ import main
from tap_analytics.check.command import command as check_command
from tap_analytics.config import loading
from tap_analytics.init_resource.command import command as init_resource_command
from tap_analytics.tap import TapAnalytics
from tests.support.command import tap
from tests.support.harness import connected
from tests.support.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import click
    from click.testing import Result

    from tap_analytics.sandbox import Sandbox


def file(directory: Path, content: object) -> str:
    path = directory / "given.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


def test_discover_lists_eight_streams_without_configuration_or_network() -> None:
    ended = tap("--discover")
    assert ended.returncode == 0, ended.stderr
    catalog = json.loads(ended.stdout)
    assert {entry["tap_stream_id"] for entry in catalog["streams"]} == set(STREAMS)
    assert all(entry["key_properties"] for entry in catalog["streams"])


@pytest.mark.parametrize("config", [{}, {"page_size": 0}, {"access_token": "t", "client_id": "i"}])
def test_discover_does_not_mind_a_configuration_that_cannot_work(
    command: Callable[..., Result], tmp_path: Path, config: dict[str, Any]
) -> None:
    ended = command("--config", file(tmp_path, config), "--discover")
    assert ended.exit_code == 0
    assert len(json.loads(ended.stdout)["streams"]) == len(STREAMS)


def test_about_names_every_setting_without_configuration_or_network(
    command: Callable[..., Result],
) -> None:
    ended = command("--about", "--format", "json")
    assert ended.exit_code == 0
    about = json.loads(ended.stdout)
    names = set(about["settings"]["properties"])
    assert {"base_url", "client_secret", "error_handler", "sandbox"} <= names


def test_a_configuration_that_cannot_work_ends_with_exit_code_1_and_every_sentence(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    config = connected(sandbox, page_size=0, access_token="hush", error_handler={"jitter": 1})
    ended = tap("--config", file(tmp_path, config))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "page_size must be at least 1." in ended.stderr
    assert "are both set: keep the token or the client credentials." in ended.stderr
    assert "error_handler: unknown key `jitter`" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hush" not in ended.stderr
    assert sandbox.client_secret not in ended.stderr
    assert sandbox.requests == []


def refused(ended: Result) -> str:
    """What the command said when it ended with exit code 1 and nothing on stdout."""
    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert isinstance(ended.exception, SystemExit), ended.exception
    return ended.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"access_token": "hush", }', "is not valid JSON: "),
        ("", "is empty: it must hold a JSON object, at least {}."),
        ("# x", "is not valid JSON: Expecting value at line 1, column 1. Correct it there."),
        ('["hush"]', "holds no JSON object: it must begin with { and end with }."),
        ('"hush"', "holds no JSON object: it must begin with { and end with }."),
    ],
)
@pytest.mark.parametrize("kind", ["config", "state", "catalog"])
def test_a_file_that_holds_no_json_object_is_refused_in_a_sentence(
    command: Callable[..., Result], tmp_path: Path, kind: str, content: str, sentence: str
) -> None:
    path = file(tmp_path, content)
    said = refused(command(f"--{kind}", path))
    named = "configuration" if kind == "config" else kind
    assert said.startswith(f"Error: The {named} file {path} {sentence}")
    assert "hush" not in said


def test_a_configuration_that_cannot_be_read_is_refused_in_a_sentence(
    command: Callable[..., Result], tmp_path: Path
) -> None:
    missing = str(tmp_path / "missing.json")
    assert refused(command("--config", missing)) == (
        f"Error: The configuration file {missing} cannot be read: No such file or directory. "
        "Check its path.\n"
    )
    said = refused(command("--config", str(tmp_path), "--discover"))
    assert said == (
        f"Error: The configuration file {tmp_path} cannot be read: Is a directory. "
        "Check its path.\n"
    )


@pytest.mark.parametrize("kind", ["config", "state", "catalog"])
def test_a_file_that_is_not_utf_8_is_refused_in_a_sentence(
    command: Callable[..., Result], tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "latin.json"
    for encoding in ("latin-1", "utf-16"):
        path.write_bytes('{"client_id": "Müller"}'.encode(encoding))
        said = refused(command(f"--{kind}", str(path)))
        assert f"{path} cannot be read: it is not UTF-8 text. Save it as UTF-8." in said


def test_an_empty_file_and_a_path_that_cannot_be_one_are_refused_in_sentences(
    command: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "empty.json"
    path.write_text("\n", encoding="utf-8")
    said = refused(command("--config", str(path)))
    assert said == (
        f"Error: The configuration file {path} is empty: it must hold a JSON object, at least "
        "{}.\n"
    )
    assert "cannot be one" in refused(command("--config", "a\0b"))


def test_a_dotenv_file_that_is_not_utf_8_is_refused_in_a_sentence(
    command: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".env"
    path.write_bytes('TAP_ANALYTICS_CLIENT_ID="Müller"'.encode("latin-1"))
    monkeypatch.setattr(loading, "find_dotenv", lambda **_: str(path))
    said = refused(command("--config", "ENV"))
    assert f"The file {path} cannot be read: it is not UTF-8 text. Save it as UTF-8." in said


def test_a_state_and_a_catalog_may_begin_with_a_byte_order_mark(
    command: Callable[..., Result], sandbox: Sandbox, tmp_path: Path
) -> None:
    """As some editors and shells write them; texts beyond ASCII are read whatever the locale."""
    paths = {}
    part = {"replication_key": "last_modified_at", "replication_key_value": HELD}
    state = {"bookmarks": {"listings": part, "Müller": part}}
    for name, content in (("catalog", catalog()), ("state", state)):
        paths[name] = tmp_path / f"{name}.json"
        paths[name].write_bytes(b"\xef\xbb\xbf" + json.dumps(content, ensure_ascii=False).encode())
    given = [each for name, path in paths.items() for each in (f"--{name}", str(path))]
    ended = command("--config", file(tmp_path, connected(sandbox)), *given)
    assert ended.exit_code == 0, ended.exception
    assert {request.stream for request in sandbox.requests} == {"listings", None}
    asked = [each.query for each in sandbox.requests if each.stream == "listings"]
    assert asked[0]["last_modified_at_after"].startswith(HELD[:19])
    assert "Müller" in json.loads(ended.stdout.splitlines()[-1])["value"]["bookmarks"]


def test_the_state_of_a_run_that_ended_before_any_stream_is_one_to_go_on_from(
    command: Callable[..., Result], sandbox: Sandbox, tmp_path: Path
) -> None:
    """It holds nothing but which warnings have been said."""
    config = connected(sandbox, verify="none", emit_activate_version_messages=True)
    given, state = file(tmp_path, config), tmp_path / "state.json"
    empty, whole = tmp_path / "empty.json", tmp_path / "catalog.json"
    empty.write_text('{"streams": []}')
    whole.write_text(json.dumps(catalog()))
    ended = command("--config", given, "--catalog", str(empty))
    assert ended.exit_code == 1
    held = json.loads(ended.stdout.splitlines()[-1])["value"]
    assert held.keys() == {"told"}
    state.write_text(json.dumps(held))
    ended = command("--config", given, "--catalog", str(whole), "--state", str(state))
    assert ended.exit_code == 0, ended.stderr
    assert len([line for line in ended.stdout.splitlines() if '"RECORD"' in line]) == 250


def test_a_configuration_saved_on_windows_is_read(
    command: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b'\xef\xbb\xbf{\r\n  "api": "accounting"\r\n}\r\n')
    ended = command("--config", str(path), "--discover")
    assert ended.exit_code == 0
    assert "contacts" in ended.stdout
    assert "buyers" not in ended.stdout


def test_an_api_that_there_is_not_has_no_empty_catalog(
    command: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"api": "Marketplace"}', encoding="utf-8")
    ended = command("--config", str(path), "--discover")
    assert (ended.exit_code, ended.stdout) == (1, "")


@pytest.mark.parametrize("word", ["sync", "chek", "init_resource", "help"])
def test_a_command_that_there_is_not_is_refused_in_a_sentence(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["tap-analytics", word, "--config", "config.json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == (
        f"Error: There is no command '{word}': there are `check`, `init-resource`, `report`, and "
        "options alone. `tap-analytics --help` tells more."
    )


@pytest.mark.parametrize(
    ("command_of", "arguments"),
    [(check_command, []), (init_resource_command, ["--path", "/buyers"])],
    ids=["check", "init-resource"],
)
def test_no_command_goes_on_without_a_file_of_its_configuration(
    command_of: Callable[[type[TapAnalytics]], click.Command], arguments: list[str], tmp_path: Path
) -> None:
    """Whatever else is given: the environment alone would do."""
    missing = str(tmp_path / "missing.json")
    given = {"TAP_ANALYTICS_SANDBOX": "true"}
    ended = CliRunner().invoke(
        command_of(TapAnalytics), ["--config", missing, "--config", "ENV", *arguments], env=given
    )
    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert f"The configuration file {missing} cannot be read" in ended.stderr


def test_a_configuration_file_may_begin_with_a_byte_order_mark(
    command: Callable[..., Result], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refused(command("--config", file(tmp_path, "\ufeff" + json.dumps({"page_size": 0}))))
    assert "page_size must be at least 1." in caplog.messages


def test_numbers_in_the_environment_that_are_none_are_refused_in_sentences(
    command: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    refused(
        command(
            "--config",
            "ENV",
            TAP_ANALYTICS_PAGE_SIZE="abc",
            TAP_ANALYTICS_REQUEST_TIMEOUT="soon",
            TAP_ANALYTICS_SANDBOX="perhaps",
            TAP_ANALYTICS_HEADERS='{"X-Tenant": hush}',
        )
    )
    for sentence in (
        "page_size must be a whole number, not text.",
        "request_timeout must be a number, not text.",
        "sandbox must be true or false, not text.",
        "headers must be an object, not text.",
    ):
        assert sentence in caplog.messages
    assert "hush" not in caplog.text


def test_a_run_can_be_configured_by_the_environment_alone(sandbox: Sandbox) -> None:
    """Every kind of setting, and some left empty, as a shell or container leaves them.

    The proxy of these runs answers nothing: this machine itself is reached without it.
    """
    ended = tap(
        "--config",
        "ENV",
        TAP_ANALYTICS_BASE_URL=sandbox.base_url,
        TAP_ANALYTICS_TOKEN_URL=sandbox.token_url("accounting"),
        TAP_ANALYTICS_CLIENT_ID=sandbox.client_id,
        TAP_ANALYTICS_CLIENT_SECRET=sandbox.client_secret,
        TAP_ANALYTICS_API="accounting",
        TAP_ANALYTICS_PAGE_SIZE="200",
        TAP_ANALYTICS_REQUEST_TIMEOUT="12.5",
        TAP_ANALYTICS_SANDBOX="false",
        TAP_ANALYTICS_HEADERS='{"X-Tenant": "7"}',
        TAP_ANALYTICS_ERROR_HANDLER='{"max_retries": 0}',
        TAP_ANALYTICS_CONCURRENCY="",
        TAP_ANALYTICS_ACCESS_TOKEN="",
        TAP_ANALYTICS_START_DATE="",
    )
    assert ended.returncode == 0, ended.stderr
    records = [line for line in ended.stdout.splitlines() if '"RECORD"' in line]
    assert len(records) == 500
    asked = [request for request in sandbox.requests if request.stream]
    assert {request.query["page_size"] for request in asked} == {"200"}
    assert {request.headers["x-tenant"] for request in asked} == {"7"}


def test_the_environment_wins_over_a_file(
    command: Callable[..., Result], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """But not where it is empty: that is no value."""
    path = file(tmp_path, {"page_size": 100, "concurrency": 0})
    variables = {"TAP_ANALYTICS_PAGE_SIZE": "0", "TAP_ANALYTICS_CONCURRENCY": ""}
    refused(command("--config", "ENV", "--config", path, **variables))
    assert "page_size must be at least 1." in caplog.messages
    assert "concurrency must be at least 1." in caplog.messages


def test_a_failed_stream_makes_exit_code_1(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("status", stream="contacts", code=400, times=9)
    ended = tap("--config", file(tmp_path, connected(sandbox, "accounting")))
    assert ended.returncode == 1
    assert "contacts: GET /v1/contacts, page 1, returned 400" in ended.stderr
    assert "Traceback" not in ended.stderr
    fine = [line for line in ended.stdout.splitlines() if '"bank_transactions"' in line]
    assert len([line for line in fine if '"RECORD"' in line]) == 250
    assert sandbox.client_secret not in ended.stderr + ended.stdout


def catalog(**entry: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    """A catalog with one stream."""
    properties = {"id": {"type": "string"}, "last_modified_at": {"type": "string"}}
    whole = {
        "tap_stream_id": "listings",
        "replication_key": "last_modified_at",
        "replication_method": "INCREMENTAL",
        "key_properties": ["id"],
        "schema": {"type": "object", "properties": properties},
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
    }
    return {"streams": [whole | entry]}


HELD = "2024-03-01T12:00:00.000000Z"

NO_STREAM = "The catalog holds no stream, so nothing would be read"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, NO_STREAM),
        ({"streams": []}, NO_STREAM),
        (
            catalog(tap_stream_id="listing"),
            (
                "The catalog has the stream `listing`, which the tap does not have: did you mean "
                "`listings`? Make a new catalog with `--discover`"
            ),
        ),
        (
            catalog(replication_method="INCREMENTL"),
            (
                "The catalog gives listings the replication method `INCREMENTL`: it must be "
                "FULL_TABLE or INCREMENTAL"
            ),
        ),
        (
            catalog(
                metadata=[{"breadcrumb": [], "metadata": {"replication-method": "LOG_BASED"}}],
                replication_method=None,
            ),
            "the replication method `LOG_BASED`",
        ),
        (
            catalog(replication_key="last_modified"),
            (
                "The catalog gives listings the replication key `last_modified`, which its schema "
                "does not have: did you mean `last_modified_at`?"
            ),
        ),
        (
            catalog(replication_key=None),
            "the replication method INCREMENTAL and no `replication-key`",
        ),
    ],
)
def test_a_catalog_that_nothing_can_follow_from_is_refused_before_any_request(
    command: Callable[..., Result],
    sandbox: Sandbox,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    given: dict[str, Any],
    sentence: str,
) -> None:
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(given), "utf-8")
    ended = command("--config", file(tmp_path, connected(sandbox)), "--catalog", str(path))
    assert ended.exit_code == 1
    assert isinstance(ended.exception, SystemExit), ended.exception
    assert sentence in ended.stderr + caplog.text
    assert "Traceback" not in ended.stderr + caplog.text
    assert sandbox.requests == []


def test_an_unknown_stream_beside_a_known_one_is_said_and_left_out(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    given = {"streams": catalog()["streams"] + catalog(tap_stream_id="listing")["streams"]}
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(given), "utf-8")
    ended = tap("--config", file(tmp_path, connected(sandbox)), "--catalog", str(path))
    assert ended.returncode == 0
    assert "which the tap does not have: did you mean `listings`?" in ended.stderr
    assert len([line for line in ended.stdout.splitlines() if '"RECORD"' in line]) == 250


def test_a_misspelt_variable_is_refused(
    command: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    refused(command("--config", "ENV", TAP_ANALYTICS_SANDBOX="true", TAP_ANALYTICS_VERFY="fail"))
    assert "unknown setting `verfy`: did you mean `verify`?" in caplog.messages


@pytest.mark.parametrize(
    ("closed", "code", "said"),
    [
        (">&-", 1, "Error: The standard output is closed: nobody would get the records.\n"),
        ("2>&-", 0, ""),
        ("<&-", 0, ""),
    ],
)
def test_a_standard_stream_may_be_closed(closed: str, code: int, said: str) -> None:
    program = ["/bin/sh", "-c", f'exec "$0" -m tap_analytics --version {closed}', sys.executable]
    ended = subprocess.run(program, capture_output=True, encoding="utf-8", check=False)
    assert (ended.returncode, ended.stderr) == (code, said)
    assert bool(ended.stdout) == (code == 0)
