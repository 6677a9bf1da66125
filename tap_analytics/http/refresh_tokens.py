"""Refresh tokens that the server replaces: kept for the run and, where wanted, in a file."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from tap_analytics.exceptions import RunError

_OWNER_ONLY = 0o600


class _Kept(msgspec.Struct):
    refresh_token: str
    configured: str
    """A hash of the configured token that this one goes back to."""


class RefreshTokens:
    """The refresh token to use next.

    Many servers replace it with every use, so that the configured one works once only. It never
    goes into the state, which others may read.
    """

    def __init__(self, configured: str, path: str | None) -> None:
        """Begin with the token of the file, where it goes back to the configured one.

        Args:
            configured: The token of the configuration.
            path: The file; None for none.

        Raises:
            RunError: The file cannot be read, or holds something else.
        """
        self._hash = hashlib.sha256(configured.encode()).hexdigest()
        self._path = Path(path) if path else None
        self.current = configured
        kept = self._read()
        if kept is not None and kept.configured == self._hash:
            # A token that was configured anew goes before the one of the file.
            self.current = kept.refresh_token

    def replace(self, token: str) -> None:
        """Use another token from now on.

        Raises:
            RunError: The file cannot be written: the next run would be without a valid token.
        """
        if token == self.current:
            return
        self.current = token
        if self._path is None:
            return
        text = msgspec.json.encode(_Kept(token, self._hash))
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
            # In one step: a run that is killed leaves the old token or the new one.
            beside.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            message = (
                f"The refresh token cannot be kept in {self._path}: {error.strerror}. "
                "Check `refresh_token_path`."
            )
            raise RunError(message) from None

    def _read(self) -> _Kept | None:
        if self._path is None or not self._path.exists():
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except OSError as error:
            reason = str(error.strerror)
        except (msgspec.DecodeError, UnicodeDecodeError):
            reason = "it does not hold what the tap writes there"
        message = (
            f"The refresh token file {self._path} cannot be read: {reason}. "
            "Check `refresh_token_path`, or delete the file."
        )
        raise RunError(message)
