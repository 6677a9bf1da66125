"""A plain HTTP client for the tests of the sandbox itself: it knows nothing of the tap."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import requests

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

DISBURSEMENTS = "/analytics/datasets/marketplace_disbursements"


class Client:
    """Reads from a sandbox with a token and one connection."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Take a token of the sandbox's."""
        self.base_url = sandbox.base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {sandbox.mint_token()}"

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.session.close()

    def get(
        self, path: str, headers: dict[str, str] | None = None, **query: str | int
    ) -> requests.Response:
        """Return the response as it comes, redirects included."""
        query_text = {name: str(value) for name, value in query.items()}
        return self.session.get(
            self.base_url + path,
            params=query_text,
            headers=headers,
            timeout=10,
            allow_redirects=False,
        )

    def json(self, path: str, headers: dict[str, str] | None = None, **query: str | int) -> Any:  # noqa: ANN401 -- whatever JSON can say
        """Return the document of an response, numbers with a point as `Decimal`."""
        response = self.get(path, headers, **query)
        assert response.status_code == 200, response.text
        return json.loads(response.text, parse_float=Decimal)

    def ids(self, path: str, **query: str | int) -> list[str]:
        """Return the keys of a page of the marketplace API."""
        return [record["id"] for record in self.json(path, None, **query)["results"]]
