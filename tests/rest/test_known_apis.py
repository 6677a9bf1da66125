"""What well-known APIs say on a page with more behind it, and what they say on their last one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_analytics.rest.response.contradictions import Ending, contradictions
from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.key_paths import key_path
from tap_analytics.rest.response.signs import Sign, find_signs

URL = "https://api.example/things?page=1"
NEXT = "https://api.example/things?page=2"

# By API: where its records are; then, of a page with more behind it and of the last one, what
# stands beside the records, and what stands in headers. Two records are read.
APIS: dict[str, tuple[str, Any, Any]] = {
    "json-server": (
        "$",
        ({}, {"X-Total-Count": "9", "Link": f'<{URL}>; rel="first", <{NEXT}>; rel="next"'}),
        ({}, {"X-Total-Count": "2", "Link": f'<{URL}>; rel="first"'}),
    ),
    "json-server 1": (
        "data",
        ({"first": 1, "prev": None, "next": 2, "last": 5, "pages": 5, "items": 9}, {}),
        ({"first": 1, "prev": None, "next": None, "last": 1, "pages": 1, "items": 2}, {}),
    ),
    "Kinto": (
        "data",
        ({}, {"Next-Page": NEXT, "Total-Records": "9"}),
        ({}, {"Total-Objects": "2"}),
    ),
    "Label Studio": ("tasks", ({"total": 9}, {}), ({"total": 2, "total_annotations": 7}, {})),
    "Datasette": (
        "rows",
        ({"next": "2", "next_url": NEXT, "truncated": False}, {}),
        ({"next": None, "next_url": None, "truncated": False, "count": 2}, {}),
    ),
    "Stripe": ("data", ({"has_more": True}, {}), ({"has_more": False}, {})),
    "GitLab": (
        "$",
        ({}, {"X-Page": "1", "X-Next-Page": "2", "X-Total": "9"}),
        ({}, {"X-Page": "1", "X-Next-Page": "", "X-Total": "2", "X-Total-Pages": "1"}),
    ),
    "GitHub's search": (
        "items",
        ({"total_count": 2, "incomplete_results": True}, {}),
        ({"total_count": 2, "incomplete_results": False}, {}),
    ),
    "Microsoft Graph": (
        "value",
        ({"@odata.nextLink": NEXT}, {}),
        ({"@odata.deltaLink": NEXT, "@odata.count": 2}, {}),
    ),
    "OData 2": ("d.results", ({"d": {"__next": NEXT}}, {}), ({"d": {"__count": "2"}}, {})),
    "Shopify": (
        "products",
        ({}, {"Link": f'<{NEXT}>; rel="next"'}),
        ({}, {"Link": f'<{URL}>; rel="previous"'}),
    ),
    "Shopify's GraphQL": (
        "data.products.nodes",
        ({"data": {"products": {"pageInfo": {"hasNextPage": True, "endCursor": "b"}}}}, {}),
        ({"data": {"products": {"pageInfo": {"hasNextPage": False, "endCursor": "b"}}}}, {}),
    ),
    "Zendesk by pages": (
        "tickets",
        ({"next_page": NEXT}, {}),
        ({"next_page": None, "count": 2}, {}),
    ),
    "Zendesk by cursors": (
        "tickets",
        ({"meta": {"has_more": True, "after_cursor": "b"}, "links": {"next": NEXT}}, {}),
        ({"meta": {"has_more": False, "after_cursor": "b"}, "links": {"next": None}}, {}),
    ),
    "Zendesk by cursors, whose last page has a link": (
        "tickets",
        ({"meta": {"has_more": True, "after_cursor": "b"}, "links": {"next": NEXT}}, {}),
        ({"meta": {"has_more": False, "after_cursor": "b"}, "links": {"next": NEXT}}, {}),
    ),
    "a query that was not cut off": (
        "items",
        ({"incomplete_results": False, "truncated": False, "next_cursor": "b"}, {}),
        ({"incomplete_results": False, "truncated": False, "next_cursor": None}, {}),
    ),
    "a flag beside a header": (
        "items",
        ({"more": False}, {"Link": f'<{NEXT}>; rel="next"'}),
        ({"more": False}, {}),
    ),
    "Zendesk's exports": (
        "tickets",
        ({"next_page": NEXT, "end_of_stream": False, "count": 2}, {}),
        ({"next_page": NEXT, "end_of_stream": True, "count": 2}, {}),
    ),
    "Lightspeed Retail": (
        "Sale",
        ({"@attributes": {"next": NEXT, "previous": ""}}, {}),
        ({"@attributes": {"next": "", "previous": URL}}, {}),
    ),
    "DHIS2": (
        "dataElements",
        ({"pager": {"page": 1, "pageCount": 5, "total": 9, "pageSize": 2, "nextPage": NEXT}}, {}),
        ({"pager": {"page": 1, "pageCount": 1, "total": 2, "pageSize": 50}}, {}),
    ),
    "Gong": (
        "calls",
        ({"records": {"totalRecords": 9, "currentPageSize": 2, "cursor": "b"}}, {}),
        ({"records": {"totalRecords": 2, "currentPageSize": 2}}, {}),
    ),
    "Zoho Books": (
        "invoices",
        ({"code": 0, "page_context": {"page": 1, "per_page": 2, "has_more_page": True}}, {}),
        ({"code": 0, "page_context": {"page": 1, "per_page": 200, "has_more_page": False}}, {}),
    ),
    "NOAA's Climate Data Online": (
        "results",
        ({"metadata": {"resultset": {"offset": 1, "count": 9, "limit": 2}}}, {}),
        ({"metadata": {"resultset": {"offset": 1, "count": 2, "limit": 25}}}, {}),
    ),
    "HubSpot": (
        "results",
        ({"paging": {"next": {"after": "b", "link": NEXT}}, "total": 2}, {}),
        ({"total": 2}, {}),
    ),
    "Meta": (
        "data",
        ({"paging": {"cursors": {"before": "a", "after": "b"}, "next": NEXT}}, {}),
        ({"paging": {"cursors": {"before": "a", "after": "b"}}}, {}),
    ),
    "Jira": (
        "issues",
        ({"isLast": False, "nextPageToken": "b"}, {}),
        ({"startAt": 0, "maxResults": 50, "total": 2, "isLast": True}, {}),
    ),
    "Confluence": (
        "results",
        ({"_links": {"next": "/rest/api/content?start=2", "self": URL}, "size": 2}, {}),
        ({"_links": {"self": URL}, "start": 0, "limit": 25, "size": 2}, {}),
    ),
    "Bitbucket Data Center": (
        "values",
        ({"isLastPage": False, "nextPageStart": 2, "start": 0, "size": 2}, {}),
        ({"isLastPage": True, "nextPageStart": None, "start": 0, "size": 2}, {}),
    ),
    "Elasticsearch": (
        "hits.hits",
        ({"took": 5, "hits": {"total": {"value": 10000, "relation": "gte"}}}, {}),
        ({"took": 5, "hits": {"total": {"value": 2, "relation": "eq"}, "max_score": 7}}, {}),
    ),
    "Solr": (
        "response.docs",
        ({"response": {"numFound": 9, "start": 0}, "nextCursorMark": "b"}, {}),
        ({"response": {"numFound": 2, "start": 0}, "nextCursorMark": "sent"}, {}),
    ),
    "Algolia": (
        "hits",
        ({"nbHits": 9, "nbPages": 5, "page": 0, "hitsPerPage": 2}, {}),
        ({"nbHits": 2, "nbPages": 1, "page": 0, "hitsPerPage": 20, "processingTimeMS": 9}, {}),
    ),
    "Salesforce": (
        "records",
        ({"totalSize": 9, "done": False, "nextRecordsUrl": "/services/q/2"}, {}),
        ({"totalSize": 2, "done": True}, {}),
    ),
    "Spring Data": (
        "content",
        ({"totalElements": 9, "totalPages": 5, "last": False, "first": True, "size": 2}, {}),
        ({"totalElements": 2, "totalPages": 1, "last": True, "first": True, "size": 20}, {}),
    ),
    "Laravel": (
        "data",
        ({"links": {"next": NEXT}, "meta": {"last_page": 5, "total": 9, "current_page": 1}}, {}),
        ({"links": {"next": None}, "meta": {"last_page": 1, "total": 2, "current_page": 1}}, {}),
    ),
    "ClickUp": ("tasks", ({"last_page": False}, {}), ({"last_page": True}, {})),
    "Asana": (
        "data",
        ({"next_page": {"offset": "b", "path": "/x", "uri": NEXT}}, {}),
        ({"next_page": None}, {}),
    ),
    "Airtable": ("records", ({"offset": "itr1/rec2"}, {}), ({}, {})),
    "an offset that is the page's own": (
        "items",
        ({"offset": 0, "total": 9}, {}),
        ({"offset": 2}, {}),
    ),
    "Intercom": (
        "data",
        ({"pages": {"next": {"page": 2, "starting_after": "b"}, "total_pages": 5}}, {}),
        ({"pages": {"next": None, "page": 1, "total_pages": 1}, "total_count": 2}, {}),
    ),
    "Pipedrive": (
        "data",
        ({"additional_data": {"pagination": {"more_items_in_collection": True}}}, {}),
        ({"additional_data": {"pagination": {"more_items_in_collection": False}}}, {}),
    ),
    "Zoho CRM": (
        "data",
        ({"info": {"more_records": True, "count": 2, "page": 1}}, {}),
        ({"info": {"more_records": False, "count": 2, "page": 1}}, {}),
    ),
    "PayPal, NetSuite": (
        "items",
        ({"links": [{"rel": "self", "href": URL}, {"rel": "next", "href": NEXT}]}, {}),
        ({"links": [{"rel": "self", "href": URL}], "hasMore": False, "totalResults": 2}, {}),
    ),
    "FHIR": (
        "entry",
        ({"link": [{"relation": "next", "url": NEXT}], "resourceType": "Bundle"}, {}),
        ({"link": [{"relation": "self", "url": URL}], "total": 2}, {}),
    ),
    "Fortnox": (
        "Invoices",
        ({"MetaInformation": {"@TotalResources": 9, "@TotalPages": 5}}, {}),
        ({"MetaInformation": {"@TotalResources": 2, "@TotalPages": 1, "@CurrentPage": 1}}, {}),
    ),
    "Kubernetes": (
        "items",
        ({"metadata": {"continue": "b", "remainingItemCount": 7}}, {}),
        ({"metadata": {"resourceVersion": "10245"}}, {}),
    ),
    "WordPress": (
        "$",
        ({}, {"X-WP-Total": "9", "X-WP-TotalPages": "5"}),
        ({}, {"X-WP-Total": "2", "X-WP-TotalPages": "1"}),
    ),
    "PostgREST": ("$", ({}, {"Content-Range": "0-1/9"}), ({}, {"Content-Range": "0-1/2"})),
    "Heroku": ("$", ({}, {"Next-Range": "]b..; max=2"}), ({}, {"Accept-Ranges": "id, name"})),
    "Slack": (
        "channels",
        ({"response_metadata": {"next_cursor": "b"}}, {}),
        ({"response_metadata": {"next_cursor": ""}, "ok": True}, {}),
    ),
    "AWS": ("Items", ({"IsTruncated": True, "NextMarker": "b"}, {}), ({"IsTruncated": False}, {})),
    "the accounting API": (
        "Contacts",
        ({"pagination": {"page": 1, "pageSize": 2, "pageCount": 5, "itemCount": 9}}, {}),
        ({"pagination": {"page": 1, "pageSize": 9, "pageCount": 1, "itemCount": 250}}, {}),
    ),
}


def found(selector: str, response: tuple[dict[str, Any], dict[str, str]]) -> list[Sign]:
    """The signs that speak against an end after this response."""
    envelope, headers = response
    path = key_path(selector) or ()
    body: Any = [{"id": 1}, {"id": 2}]
    if path:
        body, records = json.loads(json.dumps(envelope)), body
        place = body
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = records
    signs = find_signs(JSONBody(json.dumps(body).encode()), headers, path)
    return contradictions(signs, signs, Ending(distinct=2, pages=1, key="sent", url=URL), [])


@pytest.mark.parametrize("api", APIS)
def test_a_page_with_more_behind_it_has_a_sign_and_the_last_has_none(api: str) -> None:
    selector, more, last = APIS[api]
    assert found(selector, more)
    assert found(selector, last) == []
