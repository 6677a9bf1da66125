"""What all streams of a run share: the connection, the limit of requests, the report, the clock."""

from __future__ import annotations

import itertools
import json
import logging
import os
import subprocess
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tap_analytics import __version__
from tap_analytics.clock import Clock
from tap_analytics.config.validation import report_path_problems
from tap_analytics.exceptions import RunError
from tap_analytics.http.auth import HeaderAuth
from tap_analytics.http.client import HTTPClient
from tap_analytics.http.credentials import Credentials, authenticator
from tap_analytics.http.headers import authorization_header
from tap_analytics.http.limits import Limits
from tap_analytics.http.rate_limit import RateLimiter
from tap_analytics.http.redaction import credentials_in, secrets_in, values_in_url
from tap_analytics.http.retry import RetryPolicy
from tap_analytics.reporting.notices import Notices
from tap_analytics.reporting.progress import Progress
from tap_analytics.reporting.report import RunReport
from tap_analytics.rest.first_pages import FirstPages
from tap_analytics.rest.sampled_responses import SampledResponses
from tap_analytics.sync.state.sync_window import SyncWindow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.config.settings import Settings
    from tap_analytics.http.auth import Auth
    from tap_analytics.reporting.report_file import ReportFile


class Connection(Struct, frozen=True):
    """Where the API is and how to authenticate there."""

    base_url: str
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


def run_name(settings: Settings) -> str:
    """What this configuration of the tap is called: Meltano's name for it, or the setting's."""
    return os.environ.get("MELTANO_EXTRACTOR_NAME") or settings.name


def report_refusal(settings: Settings, error: str) -> list[str]:
    """Write the report of a run that cannot begin, where one is wanted: nobody reads the last one.

    Args:
        settings: As far as they can be read; they may hold values of the wrong type.
        error: Why it cannot begin.

    Returns:
        A sentence where the report cannot be written.
    """
    path = settings.report_path
    if not isinstance(path, str) or any(report_path_problems({"report_path": path})):
        return []
    name = str(run_name(settings))
    report = RunReport(__version__, name=name, verify=str(settings.verify))
    report.error = error
    report.end()
    try:
        from tap_analytics.reporting.report_file import ReportFile  # noqa: PLC0415  # where one is wanted

        file = ReportFile(path, run_id=report.run_id, name=name)
        file.write(report.as_dict())
    except RunError as unwritable:
        return [str(unwritable)]
    return []


class RunContext:
    """One run of the tap. Nothing is connected, and no sandbox started, before it is needed."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Prepare a run.

        Args:
            settings: The validated settings.
            clock: What to tell the time and to wait with.
        """
        self.settings = settings
        self.clock = clock or Clock()
        self.started_at = self.clock.utc()
        self.name = run_name(settings)
        self.report = RunReport(__version__, name=self.name, verify=settings.verify)
        self.progress = Progress(
            self.clock, float(settings.progress_seconds), logging.getLogger("tap-analytics")
        )
        self.notices = Notices(logging.getLogger("tap-analytics"))
        self.fatal_error: RunError | None = None
        self.proven_in_full: set[str] = set()
        """The streams of which a target may delete what was not read."""
        self.verify = settings.verify
        self.span = SyncWindow(
            start_date=settings.start_date,
            end_date=settings.end_date,
            lookback=float(settings.lookback),
            clock_margin=float(settings.clock_margin),
            began=self.started_at,
        )
        self._sandbox: subprocess.Popen[bytes] | None = None
        self.sampled_responses = SampledResponses()
        self.first_pages = FirstPages()
        self._own_auths: list[tuple[Credentials, Auth]] = []

    @property
    def concurrency(self) -> int:
        """The most requests in flight."""
        return self.settings.concurrency

    @cached_property
    def connection(self) -> Connection:
        """Where to connect to: as configured, or a sandbox that starts now."""
        if self.settings.sandbox:
            return self._start_sandbox()
        return Connection(
            base_url=self.settings.base_url.rstrip("/"),
            token_url=self.settings.token_url,
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
        )

    @cached_property
    def http_client(self) -> HTTPClient:
        """Sends every request of the run."""
        rate_limiter = RateLimiter(
            self.clock,
            concurrency=self.concurrency,
            requests_per_minute=self.settings.requests_per_minute,
            on_wait=self.progress.waits,
        )
        client = HTTPClient(
            self._auth(),
            rate_limiter,
            self.clock,
            limits=Limits(
                timeout=float(self.settings.request_timeout),
                response_timeout=float(self.settings.response_timeout),
                max_response_mb=float(self.settings.max_response_mb),
                connection_retry_seconds=float(self.settings.connection_retry_seconds),
            ),
            hidden=secrets_in(self._sent()),
            credentials=self._credentials(),
        )
        self.report.stats = client.stats
        self.report.credentials = client.credentials
        return client

    @cached_property
    def report_file(self) -> ReportFile | None:
        """Where the report is kept; None where it is not."""
        path = self.settings.report_path
        if not path:
            return None
        from tap_analytics.reporting.report_file import ReportFile  # noqa: PLC0415  # where one is wanted

        return ReportFile(path, run_id=self.report.run_id, name=self.name)

    def write_report(self) -> None:
        """Write the report as it is now, where one is wanted.

        Raises:
            RunError: It cannot be written.
        """
        if self.report_file:
            self.report_file.write(self.report.as_dict())

    def _sent(self) -> Mapping[str, object]:
        """What the settings send besides the credentials: headers, parameters, bodies."""
        resources = self.settings.resources
        parts = [(each.headers, each.params, each.json, each.data) for each in resources]
        urls = [self.connection.base_url, *(each.path or "" for each in resources)]
        return {"": [self.settings.headers, *itertools.chain(*parts), *map(values_in_url, urls)]}

    def _credentials(self) -> frozenset[str]:
        """What of that no line may show; the streams are told by their names."""
        names = {name for each in self.settings.resources for name in (each.name, each.table_name)}
        return credentials_in(self._sent()).difference(names)

    def auth_of(self, credentials: Credentials) -> Auth:
        """The authentication of endpoints with these credentials of their own: one for all."""
        found = next((auth for own, auth in self._own_auths if own == credentials), None)
        if found is None:
            found = authenticator(credentials, self._token_policy, self.clock)
            self._own_auths.append((credentials, found))
            self.http_client.hide_secrets_of(found)
        return found

    @property
    def _token_policy(self) -> RetryPolicy:
        # Its status codes are for the API's responses: a client that is refused stays refused.
        handler = dict(self.settings.error_handler)
        handler.pop("retry_on_status_codes", None)
        return RetryPolicy().merged(handler)

    def _auth(self) -> Auth:
        """The authentication that the settings ask for."""
        settings, connection = self.settings, self.connection
        credentials = settings.auth
        if token := settings.access_token:
            credentials = Credentials(type="bearer", token=token)
        elif connection.token_url:
            credentials = replace(
                credentials,
                type="oauth2",
                token_url=connection.token_url,
                client_id=connection.client_id,
                client_secret=connection.client_secret,
                scope=settings.scope,
                style=settings.auth_style,
            )
        elif credentials.type == "none" and authorization_header(settings.headers):
            return HeaderAuth()
        return authenticator(credentials, self._token_policy, self.clock)

    def _start_sandbox(self) -> Connection:
        """Start the built-in API as a child that ends when this process closes its pipe."""
        self._sandbox = subprocess.Popen(
            [sys.executable, "-m", "tap_analytics.sandbox", "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        if self._sandbox.stdout is None:
            raise RuntimeError
        line = self._sandbox.stdout.readline()
        if not line:
            message = (
                "The sandbox did not start: install it with `pip install tap-analytics[sandbox]`."
            )
            raise RunError(message)
        address = json.loads(line)
        token_url = address["token_url"][self.settings.api or "marketplace"]
        return Connection(
            address["base_url"], token_url, address["client_id"], address["client_secret"]
        )

    def close(self) -> None:
        """End what the run started: the sandbox ends when its standard input does."""
        self.first_pages.close()
        if self._sandbox is not None:
            self._sandbox.communicate()
            self._sandbox = None
