"""The control endpoint: what Python can ask of a sandbox, asked over HTTP.

`POST /_control` takes one JSON object whose key is what to do and whose value has its arguments,
e.g. `{"fault": {"action": "status", "stream": "buyers", "page": 2, "code": 503}}`:

`fault`: add a rule (see `rules`) · `edit`: change records now (`stream`, `order`; see `Edit`) ·
`orders`: the default order of streams · `mint_token`: a bearer token · `revoke_tokens` · `clear`:
forget the rules and live edits · `live_edits`: edit while serving (see `LiveEdits`) · `edit_log`:
the live edits that were made · `advance`: put the clock forward · `rows`: what a stream holds now ·
`requests`: the log · `counts`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from . import edits
from .live_edits import LiveEdits
from .messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from .application import Application
    from .messages import Request

PATH = "/_control"


def respond(application: Application, request: Request) -> Response:
    """Do what a control request says.

    A page in somebody's browser must not command the sandbox: a request with an `Origin`, or for
    another host name than this machine's own, is refused.
    """
    port = application.base_url.rpartition(":")[2]
    own = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
    if "origin" in request.headers or request.headers.get("host", "").lower() not in own:
        return Response.json({"error": "Only programs on this machine may ask for this."}, 403)
    try:
        ((name, arguments),) = json.loads(request.body).items()
        result = COMMANDS[name](application, **arguments)
    except (ValueError, AttributeError, KeyError, TypeError, LookupError) as error:
        return Response.json(
            {"error": f"{type(error).__name__}: {error}", "known": sorted(COMMANDS)}, 400
        )
    return Response.json({"result": result})


def fault(application: Application, action: str, **settings: object) -> None:
    """Add a rule."""
    application.rules.add(action, **settings)


def edit(
    application: Application,
    stream: str,
    order: str | None = None,
    **changes: Any,  # noqa: ANN401 -- what an edit takes
) -> dict[str, list[str | None]]:
    """Change records of a stream now; return the keys that were deleted, touched and inserted."""
    return edits.apply(application.store, application.view(stream, order), edits.Edit(**changes))


def orders(application: Application, **orders: str) -> None:
    """Set the default order of streams."""
    application.orders.update(orders)


def mint_token(application: Application, lifetime: float = 86_400) -> str:
    """Return a bearer token."""
    return application.oauth.mint(lifetime)


def revoke_tokens(application: Application) -> int:
    """Take back every token."""
    return application.oauth.revoke_all()


def clear(application: Application) -> None:
    """Forget the rules and end the live edits."""
    application.rules.clear()
    application.live_edits.clear()


def live_edits(application: Application, stream: str, **settings: Any) -> None:  # noqa: ANN401 -- what `LiveEdits` takes
    """Edit a stream while its pages are read; `per_page` 0 ends it."""
    application.live_edits[stream] = LiveEdits(stream, **settings)


def advance(application: Application, seconds: float) -> None:
    """Put the server's clock forward."""
    application.store.advance(seconds)


def edit_log(application: Application) -> list[dict[str, Any]]:
    """Return the live edits that were made, oldest first."""
    return [made._asdict() for made in list(application.edit_log)]


def texts(application: Application, stream: str, *, archived: bool = False) -> list[str]:
    """Return what a stream holds now, as JSON texts in the order of insertion."""
    view = application.view(stream, "place", archived=archived)
    with application.store.lock:
        bodies = application.store.page(view, 0, application.store.count(view))
    return [body.decode() for body in bodies]


def requests(application: Application) -> list[dict[str, Any]]:
    """Return the log."""
    return [asdict(entry) for entry in application.log]


def counts(application: Application) -> dict[str, int]:
    """Return how much happened."""
    return {
        "requests": len(application.log),
        "tokens": application.oauth.issued,
        "most_in_flight": application.most_in_flight,
    }


COMMANDS: dict[str, Callable[..., Any]] = {
    "fault": fault,
    "edit": edit,
    "edit_log": edit_log,
    "live_edits": live_edits,
    "advance": advance,
    "orders": orders,
    "mint_token": mint_token,
    "revoke_tokens": revoke_tokens,
    "clear": clear,
    "rows": texts,
    "requests": requests,
    "counts": counts,
}
