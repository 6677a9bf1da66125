"""Every configuration that cannot work is said in a sentence a setting, before any request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_analytics.config.prepare import prepare_config
from tap_analytics.config.validation import drop_unset, validate
from tap_analytics.tap import TapAnalytics
from tests.support.harness import connected, sync

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

from tests.support.harness import WORKS

CLIENT = {
    "base_url": "https://api.example.com",
    "token_url": "https://id.example.com/token",
    "client_id": "somebody",
    "client_secret": "hush-2",
}


def problems(config: dict[str, Any]) -> list[str]:
    return validate(drop_unset(config))


@pytest.mark.parametrize(
    "config",
    [
        WORKS,
        CLIENT,
        {"sandbox": True},
        WORKS | {"base_url": "https://api.example.com:8443/v2/"},
        WORKS | {"base_url": "http://127.0.0.1:8000"},
        WORKS | {"base_url": "http://127.8.8.8"},
        WORKS | {"base_url": "http://[::1]:8000"},
        WORKS | {"base_url": "http://localhost:8000"},
        WORKS | {"page_size": 1, "concurrency": 32, "requests_per_minute": 1},
        WORKS | {"headers": {"X-Tenant": "Müller & Co"}},
        WORKS | {"error_handler": {}},
        WORKS
        | {
            "error_handler": {
                "retry_on_status_codes": [404, 429],
                "max_retries": 0,
                "backoff": "constant",
                "backoff_factor": 0.5,
                "max_wait": 10,
            },
        },
    ],
)
def test_what_can_work_is_taken(config: dict[str, Any]) -> None:
    assert problems(config) == []


NO_URL = "`base_url` is not a URL: it must look like https://api.example.com."
NOT_HTTPS = (
    "`{}` must begin with https: because http: does not encrypt the credentials; only this "
    "machine itself (127.0.0.1, localhost) may be used with http:."
)
UNSENDABLE = (
    "`{}` cannot be sent in a header: it begins or ends with a space, or contains a line break or "
    "another unprintable character. Copy it again."
)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            {"access_token": "hush-1"},
            (
                "`base_url` is missing: set it to the URL of the API, such as "
                "https://api.example.com, or set `sandbox` to true to try the tap."
            ),
        ),
        (
            {"base_url": "https://api.example.com"},
            (
                "There are no credentials: set `access_token`, or `token_url`, `client_id` and "
                "`client_secret`."
            ),
        ),
        (
            WORKS | {"client_id": "somebody"},
            (
                "`access_token` and `client_id` are both set: keep the token or the client "
                "credentials."
            ),
        ),
        *(
            (
                {key: value for key, value in CLIENT.items() if key != name},
                f"`{name}` is missing: client credentials need it.",
            )
            for name in ("token_url", "client_id", "client_secret")
        ),
        *(
            (WORKS | {"base_url": url}, NO_URL)
            for url in (
                "api.example.com",
                "ftp://api.example.com",
                "https://",
                "https:///v1",
                "https://[::1",
                "https://api.example.com:99999",
                "/v1",
            )
        ),
        (CLIENT | {"token_url": "token"}, NO_URL.replace("base_url", "token_url")),
        *(
            (WORKS | {"base_url": url}, NOT_HTTPS.format("base_url"))
            for url in (
                "http://api.example.com",
                "http://10.0.0.1",
                "http://0.0.0.0:80",
                "http://localhost.example.com",
                "http://127.0.0.1.example.com",
            )
        ),
        (CLIENT | {"token_url": "http://id.example.com"}, NOT_HTTPS.format("token_url")),
        (
            WORKS | {"base_url": "https://me:hush-3@api.example.com"},
            "`base_url` holds a user name or password: use the settings for credentials instead.",
        ),
        (WORKS | {"api": "books"}, "api must be one of `accounting`, `marketplace`."),
        (WORKS | {"page_size": 0}, "page_size must be at least 1."),
        (WORKS | {"page_size": "many"}, "page_size must be a whole number, not text."),
        (WORKS | {"auth_style": "digest"}, "auth_style must be one of `form`, `basic`, `json`."),
        (WORKS | {"request_timeout": 0}, "request_timeout must be more than 0."),
        (WORKS | {"concurrency": 0}, "concurrency must be at least 1."),
        (WORKS | {"concurrency": 33}, "concurrency must be at most 32."),
        (WORKS | {"requests_per_minute": 0}, "requests_per_minute must be at least 1."),
        (WORKS | {"verify": "maybe"}, "verify must be one of `warn`, `fail`, `none`."),
        (WORKS | {"sandbox": "yes"}, "sandbox must be true or false, not text."),
        (
            WORKS | {"error_handler": {"retries": 3}},
            "error_handler: unknown key `retries`: did you mean `max_retries`?",
        ),
        (
            WORKS | {"error_handler": {"max_retries": -1}},
            "error_handler.max_retries must be at least 0.",
        ),
        (
            WORKS | {"error_handler": {"backoff": "linear"}},
            "error_handler.backoff must be one of `constant`, `exponential`.",
        ),
        (
            WORKS | {"error_handler": {"retry_on_status_codes": [429, 1000]}},
            "error_handler.retry_on_status_codes[1] must be at most 599.",
        ),
        (
            WORKS | {"error_handler": {"max_wait": "long"}},
            "error_handler.max_wait must be a number, not text.",
        ),
        (
            WORKS | {"start_date": "yesterday"},
            "`start_date` is not a date-time: it must look like 2026-01-31T00:00:00Z.",
        ),
        (
            WORKS | {"start_date": "2026-01-02T01:00:00+01:00", "end_date": "2026-01-02"},
            "`end_date` must be later than `start_date`.",
        ),
        (
            WORKS | {"headers": {"X-Tenant": 12}},
            "headers.X-Tenant must be text, not a whole number.",
        ),
        (WORKS | {"headers": {"X-Tenant": "hush-3\n"}}, UNSENDABLE.format("headers.X-Tenant")),
        (WORKS | {"access_token": "hush-3\r\n"}, UNSENDABLE.format("access_token")),
        (WORKS | {"access_token": "hush-3\u2026"}, UNSENDABLE.format("access_token")),
        (
            WORKS | {"access_token": "Bearer hush-4"},
            "`access_token` begins with `Bearer`: leave that out, the tap sends it.",
        ),
        (
            WORKS | {"headers": {"X Tenant": "hush-3"}},
            "`headers` has 'X Tenant', which cannot be the name of a header.",
        ),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(config: dict[str, Any], sentence: str) -> None:
    assert problems(config) == [sentence]
    assert "hush" not in sentence


def test_everything_wrong_is_said_at_once_a_sentence_a_setting() -> None:
    found = problems(
        {
            "base_url": "http://api.example.com",
            "api": "books",
            "client_id": "somebody",
            "client_secret": "hush",
            "page_size": 0,
            "request_timeout": -1,
            "start_date": "soon",
            "error_handler": {"jitter": True},
        },
    )
    for name in ("base_url", "api", "token_url", "page_size", "request_timeout", "start_date"):
        assert sum(name in sentence.partition(" must ")[0] for sentence in found) == 1, name
    assert any(sentence.startswith("error_handler: unknown key `jitter`") for sentence in found)
    assert len(found) == 7
    assert not any("hush" in sentence for sentence in found)


def test_a_setting_of_the_wrong_kind_is_said_once_and_not_judged_further() -> None:
    """A `base_url` that is a number is no reason to say that it is no URL as well."""
    assert problems(WORKS | {"base_url": 5}) == ["base_url must be text, not a whole number."]
    assert problems(WORKS | {"headers": ["hush"]}) == ["headers must be an object, not a list."]


def test_sandbox_that_is_not_true_does_not_hide_what_else_is_wrong() -> None:
    found = problems({"sandbox": "yes"})
    assert len(found) == 3
    assert found[0].startswith("sandbox")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, [[[0]] * 2] * 2])
def test_numbers_and_nesting_that_nothing_works_with_are_said(value: Any) -> None:  # noqa: ANN401
    if isinstance(value, list):
        for _ in range(200):
            value = [value]
    for name in ("page_size", "lookback", "resource_defaults"):
        (sentence,) = problems(WORKS | {name: value})
        assert sentence.startswith(f"`{name}` is ")


def test_names_that_are_no_text_are_taken_for_text() -> None:
    """As a Python program may give them."""
    assert problems(WORKS | {"headers": {1: "x"}}) == []
    assert problems(WORKS | {"error_handler": {1: 2}})[0].startswith("error_handler: unknown key")


def test_empty_text_counts_as_not_set() -> None:
    empty = dict.fromkeys(("api", "scope", "access_token", "start_date", "page_size"), "")
    assert problems(CLIENT | empty) == []
    assert problems(CLIENT | dict.fromkeys(empty)) == []
    assert problems(WORKS | {"base_url": ""})[0].startswith("`base_url` is missing")


def test_empty_text_does_not_reach_a_request(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox, user_agent="", scope="", page_size=""), "buyers")
    assert len(outcome.records("buyers")) == 250
    assert sandbox.requests[-1].headers["user-agent"].startswith("tap-analytics/")
    assert sandbox.requests[-1].query["page_size"] == "100"


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_token": "hush"},
        {"page_size": 0},
        {"api": "books"},
        {"error_handler": {"jitter": 1}},
        {"token_url": "http://id.example.com"},
        {"client_secret": ""},
    ],
)
def test_a_wrong_configuration_is_refused_before_the_first_request(
    sandbox: Sandbox, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ConfigValidationError) as refused:
        sync(connected(sandbox) | wrong)
    assert len(refused.value.errors) == 1
    assert sandbox.requests == []


def test_settings_arrive_where_they_are_meant_to(sandbox: Sandbox) -> None:
    config = connected(
        sandbox,
        page_size=50,
        read_by="pages",
        user_agent="somebody/1",
        headers={"X-Tenant": "tenant-7", "Accept": "application/vnd.api+json"},
    )
    assert sync(config, "buyers").error is None
    asked = [request for request in sandbox.requests if request.stream]
    assert {request.query["page_size"] for request in asked} == {"50"}
    assert {request.headers["user-agent"] for request in asked} == {"somebody/1"}
    assert {request.headers["x-tenant"] for request in asked} == {"tenant-7"}
    assert {request.headers["accept"] for request in asked} == {"application/vnd.api+json"}
    assert len(asked) == 5


def test_a_base_url_may_end_with_a_slash(sandbox: Sandbox) -> None:
    config = connected(sandbox, base_url=sandbox.base_url + "/")
    assert len(sync(config, "buyers").records("buyers")) == 250


@pytest.mark.parametrize(
    ("api", "streams"), [("accounting", 2), ("marketplace", 6), (None, 8), ("", 8)]
)
def test_api_says_which_streams_there_are(api: str | None, streams: int) -> None:
    tap = TapAnalytics(config={"api": api}, validate_config=False)
    assert len(tap.discover_streams()) == streams


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"start_dat": "2026-01-01"}, "unknown setting `start_dat`: did you mean `start_date`?"),
        ({"verfy": "fail"}, "unknown setting `verfy`: did you mean `verify`?"),
        ({"zzz": 1}, "unknown setting `zzz`: `tap-analytics --about` lists all."),
        (
            {"report_path": "{runid}.json"},
            ("`report_path` has the placeholder `{runid}`: known are `{run_id}` and `{name}`."),
        ),
        *(
            (
                {"base_url": f"https://api.example.com/{end}"},
                (
                    "`base_url` must end before `?` and `#`, because paths are added to it: set "
                    "query parameters as `params` in `resources`."
                ),
            )
            for end in ("?", "?a=1", "#part", "#")
        ),
    ],
)
def test_nothing_misspelt_passes_in_silence(config: dict[str, Any], sentence: str) -> None:
    assert problems(WORKS | config) == [sentence]


def test_the_settings_of_the_sdk_are_known() -> None:
    settings = {
        "stream_maps": {},
        "stream_map_config": {},
        "faker_config": {},
        "flattening_enabled": True,
        "flattening_max_depth": 1,
        "flattening_max_key_length": 60,
        "flattening_separator": "__",
        "batch_config": {},
        "load_method": "upsert",
    }
    assert problems(WORKS | settings) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {
                "batch_config": {
                    "encoding": {"format": "jsonl", "compression": "gzip"},
                    "storage": {"root": "file:///nowhere"},
                }
            },
            ["`batch_config` is ignored", "it is `validate_records: false`."],
        ),
        (
            {"verify": "off", "emit_activate_version_messages": True},
            ["`emit_activate_version_messages` is ignored with `verify: none`"],
        ),
    ],
)
def test_a_setting_that_changes_nothing_is_said_and_the_run_goes_on(
    sandbox: Sandbox, settings: dict[str, Any], words: list[str]
) -> None:
    outcome = sync(connected(sandbox, **settings), "listings")
    assert outcome.error is None
    assert len(outcome.records("listings")) == 250
    (sentence,) = [line for line in outcome.log if "is ignored" in line]
    assert all(each in sentence for each in words)


def test_that_the_sandbox_is_read_and_not_the_api_that_is_named_is_said() -> None:
    """Meltano's default environment has `sandbox: true`: made-up records were all that came."""
    config = {"sandbox": True, "base_url": "https://api.example.com", "client_id": "a"}
    outcome = sync(config, "listings")
    said = [line for line in outcome.log if "`base_url` and `client_id` are ignored" in line]
    assert len(said) == 1
    assert "`sandbox` is true: the sandbox makes up every record" in said[0]
    assert prepare_config({"sandbox": True}, {}).ignored == []


def test_a_setting_that_changes_nothing_is_said_once_and_not_in_each_run(sandbox: Sandbox) -> None:
    settings = connected(sandbox, verify="none", emit_activate_version_messages=True)
    first = sync(settings, "listings")
    second = sync(settings, "listings", state=first.state)
    said = [any("is ignored" in line for line in run.log) for run in (first, second)]
    assert said == [True, False]
    without = sync(connected(sandbox), "listings", state=second.state)
    assert "told" in second.state
    assert "told" not in without.state, "what no longer holds is forgotten"


@pytest.mark.parametrize("word", ["off", "none", False, "false"])
def test_verify_can_be_turned_off_by_every_reader_of_yaml(word: object) -> None:
    """A reader of YAML 1.1 makes false of `verify: off`."""
    prepared = prepare_config(WORKS | {"verify": word}, {})
    assert prepared.problems == []
    assert prepared.settings.verify == "none"
