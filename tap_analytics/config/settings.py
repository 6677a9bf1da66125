"""The settings: the value that a run works with, with the types and the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tap_analytics import __version__
from tap_analytics.http.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.config.resources.model import Resource
    from tap_analytics.records.json import JSON
    from tap_analytics.records.non_conforming import OnInvalid


class Settings(Struct, frozen=True, kw_only=True):
    """All settings of a run. `settings_schema.py` says what each one means."""

    base_url: str = ""
    """Empty only with `sandbox`."""

    api: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None
    auth_style: str = "form"
    access_token: str | None = None
    auth: Credentials = Credentials()
    """What the setting `auth` says besides the settings above."""

    headers: Mapping[str, str] = {}
    start_date: str | None = None
    end_date: str | None = None
    lookback: float = 0
    clock_margin: float = 5
    page_size: int | None = None
    request_timeout: float = 60
    response_timeout: float = 300
    max_response_mb: float = 256
    connection_retry_seconds: float = 60
    error_handler: Mapping[str, JSON] = {}
    user_agent: str = f"tap-analytics/{__version__}"
    verify: str = "warn"
    """`none` here; in configurations `off` as well, which YAML 1.1 takes for false."""

    on_invalid: OnInvalid = "keep"
    on_missing_key: str = "skip"
    read_by: str = "auto"
    concurrency: int = 4
    requests_per_minute: int | None = None
    emit_activate_version_messages: bool = False
    report_path: str | None = None
    name: str = "tap-analytics"
    progress_seconds: float = 10
    resources: tuple[Resource, ...] = ()
    """With `resource_defaults` merged into each."""

    sample_size: int = 500
    sandbox: bool = False

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, JSON],
        resources: Sequence[Resource] = (),
        credentials: Credentials | None = None,
    ) -> Settings:
        """Give each setting its value or its default.

        Args:
            config: The settings that have a value, with the `client` block folded in. Others,
                such as the SDK's own, are left out.
            resources: What `resources` and `resource_defaults` declare.
            credentials: What `auth` says besides the settings that it stands for.

        Returns:
            The settings. The types hold where `validate` finds no problem.
        """
        own = {name: value for name, value in config.items() if name in cls.__struct_fields__}
        values = {name: _without_fraction(value) for name, value in own.items()}
        values |= {"resources": tuple(resources), "auth": credentials or Credentials()}
        return cls(**values)


def _without_fraction(value: JSON) -> JSON:
    """A number as an integer where JSON Schema takes it for one, such as 5.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
