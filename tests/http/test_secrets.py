"""No secret is shown, in success or in failure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import Outcome, connected
from tests.support.one_stream import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.sandbox import Sandbox


TENANT = "tenant-4711-x"


def wrong_secret(sandbox: Sandbox) -> dict[str, Any]:
    return connected(sandbox, client_secret="hush&hush/1")


def echoed_token_error(sandbox: Sandbox) -> dict[str, Any]:
    error = 'sandbox-client came with {"client_secret": "hush&hush/1"}, or hush%26hush%2F1'
    sandbox.fault("status", path="/authenticate/", code=400, body=json.dumps({"error": error}))
    return connected(sandbox, client_secret="hush&hush/1")


def truncated_token(sandbox: Sandbox) -> dict[str, Any]:
    sandbox.fault("truncate", path="/authenticate/", keep=0.7, times=99)
    return connected(sandbox)


def token_under_another_name(sandbox: Sandbox) -> dict[str, Any]:
    """A response for another kind of client: it has no `access_token` where this one looks."""
    body = {"data": {"access_token": sandbox.mint_token()[:20]}}
    sandbox.fault("status", path="/authenticate/", code=200, body=json.dumps(body), times=99)
    return connected(sandbox)


def echoed_data_error(sandbox: Sandbox) -> dict[str, Any]:
    body = f"sandbox-client with sandbox-secret of {TENANT}"
    sandbox.fault("status", stream="buyers", code=400, body=body)
    return connected(sandbox, headers={"X-Tenant": TENANT})


def echoed_access_token(sandbox: Sandbox) -> dict[str, Any]:
    token = sandbox.mint_token()
    body = json.dumps({"results": {"Authorization": "Bearer " + token, "of": TENANT}})
    sandbox.fault("status", stream="buyers", code=200, body=body)
    headers = {"X-Tenant": TENANT}
    return {"base_url": sandbox.base_url, "access_token": token, "headers": headers}


def token_in_redirect(sandbox: Sandbox) -> dict[str, Any]:
    """A gateway that sends the token on in the address of its login page."""
    token = sandbox.mint_token()
    to = f"https://login.example.com/?token={token}"
    sandbox.fault("redirect", stream="buyers", to=to)
    return {"base_url": sandbox.base_url, "access_token": token}


@pytest.mark.parametrize(
    "failing",
    [
        wrong_secret,
        echoed_token_error,
        truncated_token,
        token_under_another_name,
        echoed_data_error,
        echoed_access_token,
        token_in_redirect,
    ],
)
def test_nothing_secret_is_shown_whatever_goes_wrong(
    sandbox: Sandbox,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    failing: Callable[[Sandbox], dict[str, Any]],
) -> None:
    caplog.set_level("DEBUG")
    outcome = read(failing(sandbox))
    assert outcome.error is not None
    shown = everything(outcome, caplog) + "".join(capfd.readouterr())
    assert "buyers" in shown
    assert leaks(sandbox, shown) == []


def test_nothing_secret_is_shown_when_all_goes_well(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    outcome = read(connected(sandbox, headers={"X-Tenant": TENANT}))
    assert outcome.error is None
    assert leaks(sandbox, everything(outcome, caplog)) == []


def leaks(sandbox: Sandbox, shown: str) -> list[str]:
    """What of everything secret in these tests is shown; of a token a beginning is enough."""
    tokens = [token[:12] for token in sandbox._application.oauth.tokens]
    secrets = ["sandbox-secret", "sandbox-client", "hush&hush", "hush%26hush", TENANT, *tokens]
    return [secret for secret in secrets if secret in shown]


def everything(outcome: Outcome, caplog: pytest.LogCaptureFixture) -> str:
    """All that the tap wrote; the sandbox, in the same process, has a log that knows its tokens."""
    log = [record.getMessage() for record in caplog.records if "authlib" not in record.name]
    assert any(line.startswith("Starting new HTTP connection") for line in log)
    report = json.dumps(outcome.report)
    return "\n".join([outcome.raw.decode(), report, repr(outcome.error), *outcome.log, *log])
