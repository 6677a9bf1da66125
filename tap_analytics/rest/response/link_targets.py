"""Where a link leads that an API writes without the path under which it is mounted."""

from __future__ import annotations

from tap_analytics.http.urls import split_url


def with_mount(link: str, url: str) -> str:
    """A link with the path of the mount in front, where it leaves that out.

    Confluence links to `/rest/api/content?start=25` from `/wiki/rest/api/content`, and so do APIs
    behind a gateway that adds a path.

    Args:
        link: As it came, whole or relative.
        url: The address of the resource's own pages.
    """
    if not link.startswith("/") or link.startswith("//"):
        return link
    own, linked = (split_url(each, url).path.rstrip("/") for each in (url, link))
    if not linked or own == linked or not own.endswith(linked):
        return link
    return own.removesuffix(linked) + link
