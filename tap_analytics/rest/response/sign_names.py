"""The names by which responses tell of more, or of an error, each with whose APIs have it.

They come from what these APIs, frameworks and standards say of themselves. Names are compared
without case, `_` and `-`, so that `has_more` stands for `hasMore`, too.
"""

from __future__ import annotations

from enum import StrEnum


def plain_name(name: str) -> str:
    """A name as it is compared with those below."""
    return name.lower().replace("_", "").replace("-", "")


class Kind(StrEnum):
    """What a sign tells."""

    NEXT = "next"
    """The next page's address or number; null where there is none."""

    MORE = "more"
    """Whether there is more."""

    LAST = "last"
    """Whether this is the last page."""

    CURSOR = "cursor"
    """What the next page is asked for with. Where it is not named next, it may stand for this
    page, and tells nothing of more."""

    TOTAL = "total"
    """How many records there are."""

    PAGES = "pages"
    """How many pages there are, or the last one's number."""


BODY: dict[str, tuple[Kind, str]] = {
    "next": (Kind.NEXT, "Django REST framework, json-server 1, JSON:API and HAL (in `links`)"),
    "next_page": (Kind.NEXT, "Zendesk, Asana, Kaminari and will_paginate (Rails)"),
    "next_url": (Kind.NEXT, "Datasette, Instagram"),
    "next_page_url": (Kind.NEXT, "Laravel, Stripe 2"),
    "next_page_uri": (Kind.NEXT, "Twilio"),
    "next_page_link": (Kind.NEXT, "services with a page's link"),
    "next_page_start": (Kind.NEXT, "Bitbucket Data Center"),
    "next_start": (Kind.NEXT, "Pipedrive (in `additional_data.pagination`)"),
    "next_link": (Kind.NEXT, "Azure Resource Manager"),
    "next_href": (Kind.NEXT, "SoundCloud"),
    "next_uri": (Kind.NEXT, "Coinbase, DocuSign"),
    "next_records_url": (Kind.NEXT, "Salesforce"),
    "@odata.nextLink": (Kind.NEXT, "OData 4, Microsoft Graph"),
    "@nextLink": (Kind.NEXT, "OData 4.01"),
    "odata.nextLink": (Kind.NEXT, "OData 3"),
    "has_more": (Kind.MORE, "Stripe, Notion, Zendesk (in `meta`)"),
    "has_more_page": (Kind.MORE, "frameworks with pages"),
    "has_more_pages": (Kind.MORE, "Laravel's paginators"),
    "has_more_items": (Kind.MORE, "Zoho, Eventbrite (in `pagination`)"),
    "has_more_records": (Kind.MORE, "services with a flag"),
    "has_more_results": (Kind.MORE, "services with a flag"),
    "has_next": (Kind.MORE, "Django's and Spring's pages, Lever"),
    "has_next_page": (Kind.MORE, "GraphQL connections (in `pageInfo`), Mongoose"),
    "more": (Kind.MORE, "QuickBooks Time"),
    "more_available": (Kind.MORE, "Instagram"),
    "more_records": (Kind.MORE, "Zoho CRM (in `info`)"),
    "more_items_in_collection": (Kind.MORE, "Pipedrive (in `additional_data.pagination`)"),
    "is_truncated": (Kind.MORE, "AWS"),
    "truncated": (Kind.MORE, "Datasette, where a query was cut off"),
    "incomplete_results": (Kind.MORE, "GitHub's search, where it ran out of time"),
    "exceededTransferLimit": (Kind.MORE, "ArcGIS, where there is more; its only sign"),
    "remaining": (Kind.MORE, "Bubble.io (in `response`): how many follow"),
    "remaining_count": (Kind.MORE, "services that say how many follow"),
    "remaining_items": (Kind.MORE, "services that say how many follow"),
    "remaining_item_count": (Kind.MORE, "Kubernetes (in `metadata`)"),
    "remaining_pages": (Kind.MORE, "services that say how many pages follow"),
    "remaining_records": (Kind.MORE, "services that say how many follow"),
    "remaining_results": (Kind.MORE, "services that say how many follow"),
    "items_remaining": (Kind.MORE, "services that say how many follow"),
    "pages_remaining": (Kind.MORE, "services that say how many pages follow"),
    "records_remaining": (Kind.MORE, "services that say how many follow"),
    "results_remaining": (Kind.MORE, "services that say how many follow"),
    "is_last": (Kind.LAST, "Jira"),
    "is_last_page": (Kind.LAST, "Bitbucket Data Center"),
    "last": (Kind.LAST, "Spring Data; in json-server 1 the last page's number"),
    "end_of_stream": (Kind.LAST, "Zendesk's incremental exports"),
    "done": (Kind.LAST, "Salesforce"),
    "eof": (Kind.LAST, "services with a flag"),
    "next_cursor": (Kind.CURSOR, "Slack (in `response_metadata`), Notion, Laravel"),
    "next_page_cursor": (Kind.CURSOR, "services with cursors"),
    "next_cursor_mark": (Kind.CURSOR, "Solr, Europe PMC; on the last page the one that was sent"),
    "next_token": (Kind.CURSOR, "AWS, X (in `meta`)"),
    "next_page_token": (Kind.CURSOR, "Google's API guidelines (AIP-158), Jira, Zoom"),
    "next_continuation_token": (Kind.CURSOR, "AWS"),
    "next_marker": (Kind.CURSOR, "Box, Azure Storage, AWS"),
    "next_offset": (Kind.CURSOR, "Chargebee"),
    "offset": (Kind.CURSOR, "Airtable, where it is text and there is more; else this page's own"),
    "continue": (Kind.CURSOR, "Kubernetes (in `metadata`), where there is more"),
    "cursor": (Kind.CURSOR, "Square and others; may be this page's own"),
    "end_cursor": (Kind.CURSOR, "GraphQL connections (in `pageInfo`); there on last pages, too"),
    "after_cursor": (Kind.CURSOR, "Zendesk (in `meta`); there on last pages, too"),
    "page_cursor": (Kind.CURSOR, "services with cursors; may be this page's own"),
    "token": (Kind.CURSOR, "Kinto-like services; may be this page's own"),
    "page_token": (Kind.CURSOR, "services after Google's; may be this page's own"),
    "after": (Kind.CURSOR, "Meta and HubSpot (`paging`), Reddit; there on last pages, too"),
    "starting_after": (Kind.CURSOR, "Intercom (in `pages.next`)"),
    "continuation": (Kind.CURSOR, "Eventbrite; may be this page's own"),
    "continuationToken": (Kind.CURSOR, "Nexus Repository; null or not there on the last page"),
    "resumptionToken": (Kind.CURSOR, "OAI-PMH written as JSON; empty on the last page"),
    "LastEvaluatedKey": (Kind.CURSOR, "DynamoDB: an object, where there is more"),
    "total": (Kind.TOTAL, "Laravel, Jira, Spotify, Shopware, Elasticsearch (in `hits`)"),
    "count": (Kind.TOTAL, "Django REST framework, OData 2 (`__count`); Azure DevOps: this page's"),
    "total_count": (Kind.TOTAL, "GitHub's search, Cloudflare (in `result_info`)"),
    "total_results": (Kind.TOTAL, "OpenSearch, SCIM (RFC 7644), NVD, NetSuite"),
    "total_records": (Kind.TOTAL, "Zoom and other services"),
    "total_items": (Kind.TOTAL, "Hydra, CKAN-like services, Mailchimp, PayPal"),
    "total_entries": (Kind.TOTAL, "will_paginate (Rails)"),
    "total_elements": (Kind.TOTAL, "Spring Data (in `page`)"),
    "total_hits": (Kind.TOTAL, "Meilisearch, search services"),
    "total_rows": (Kind.TOTAL, "CouchDB"),
    "total_size": (Kind.TOTAL, "Salesforce, Google's AIP-158"),
    "total_set_size": (Kind.TOTAL, "DocuSign"),
    "@TotalResources": (Kind.TOTAL, "Fortnox (in `MetaInformation`)"),
    "count_total": (Kind.TOTAL, "services that turn it round"),
    "object_count": (Kind.TOTAL, "Eventbrite (in `pagination`)"),
    "filter_count": (Kind.TOTAL, "Directus (in `meta`)"),
    "filtered_table_rows_count": (Kind.TOTAL, "Datasette before 1.0"),
    "found": (Kind.TOTAL, "Typesense"),
    "hit_count": (Kind.TOTAL, "Europe PMC"),
    "nb_hits": (Kind.TOTAL, "Algolia"),
    "result_count": (Kind.TOTAL, "services of search; in X (in `meta`) this page's"),
    "results": (Kind.TOTAL, "e-conomic (in `pagination`), a number; in API-Sports this page's"),
    "records_total": (Kind.TOTAL, "DataTables"),
    "recordsFiltered": (Kind.TOTAL, "DataTables: those that a search leaves"),
    "iTotalRecords": (Kind.TOTAL, "DataTables before 1.10"),
    "iTotalDisplayRecords": (Kind.TOTAL, "the same, those that a search leaves"),
    "TotalRecordCount": (Kind.TOTAL, "Emby, Jellyfin"),
    "numberMatched": (Kind.TOTAL, "OGC API Features, WFS 2"),
    "numFound": (Kind.TOTAL, "Solr (in `response`)"),
    "@odata.count": (Kind.TOTAL, "OData 4"),
    "@count": (Kind.TOTAL, "OData 4.01"),
    "items": (Kind.TOTAL, "json-server 1, where it is a number"),
    "pages": (Kind.PAGES, "json-server 1, Flask-SQLAlchemy, Ghost"),
    "page_count": (Kind.PAGES, "HAL of Laminas, the accounting API (in `pagination`), Strapi"),
    "total_pages": (Kind.PAGES, "Kaminari (Rails), Spring Data, WooCommerce"),
    "@TotalPages": (Kind.PAGES, "Fortnox (in `MetaInformation`)"),
    "nb_pages": (Kind.PAGES, "Algolia"),
    "num_pages": (Kind.PAGES, "Django"),
    "last_page": (Kind.PAGES, "Laravel; in ClickUp whether this is the last"),
}
"""Names in an envelope. The accounting API's `pagination.itemCount` is left out on purpose: nobody
says whether it counts all items or this page's. So are estimates, such as `estimatedTotalHits`."""


IN_GEOJSON = {"exceededtransferlimit"}
"""Plain names that tell of more in the `properties` of GeoJSON, which hold other counts, too."""


PLACES: dict[str, Kind] = {
    **dict.fromkeys(("page", "currentpage", "pagenumber"), Kind.PAGES),
    **dict.fromkeys(("range", "showing", "displaying", "records", "position"), Kind.TOTAL),
}
"""Plain names of what tells of all as `"1 of 6"` and `"1-10 of 60"` do; else of the page alone."""

QUOTAS = r"(reset|quota|rate|retry)"
"""How a name beside `remaining` begins where requests remain, and no records."""

IN_HEADERS = r"total|next|has(more|next)|more|remaining(?!$)|(num|nb|last)pages?|pagecount|numfound"
"""How members are called that tell the same as a header, behind `X-` and `Pagination-`."""


ESTIMATES: dict[str, tuple[str, str]] = {
    "relation": ("gte", "Elasticsearch, OpenSearch (beside `value`): they count up to 10,000"),
    "numFoundExact": ("false", "Solr with `minExactCount`: `numFound` is the least there are"),
    "exhaustiveNbHits": ("false", "Algolia: `nbHits` is an approximation"),
    "isEstimatedTotal": ("true", "FactSet (in `pagination`)"),
}
"""Names beside a count, each with what says that it is not exact, and with whose APIs have it."""


HINTS: dict[str, str] = {
    r"next(?!.*(sync|delta|run|reset|retry|refresh|poll|update|check|date|time))": (
        "`nextKey`, `next_batch` (Matrix), `nextSkip`, `next_results` (X), unless it is null"
    ),
    r"(pagination|paging|continuation|scroll)(token|key|id|cursor|marker)": (
        "`paginationToken` (AWS Cognito), `_scroll_id` (Elasticsearch), unless it is null"
    ),
}
"""Names in an envelope, as regular expressions of plain ones, that may lead on."""

HINTS_OF_MORE = r"(has|is|are)?(more|additional|next)"
HINTS_OF_LAST = r"(is|all|end|last|was)?(complete|completed|final|finished|end|last|done|exhausted)"
"""How names begin that may tell more where they are true: `moreResult` (Marketo), `hasMoreData`;
and where they are false: `isComplete`, `endOfRecords` (GBIF), `finished`."""

SIZES = {
    *("limit", "perpage", "pagesize", "pagelen", "pagelimit", "itemsperpage", "maxresults"),
    *("recordsperpage", "resultsperpage", "maxrecords", "maxitems"),
}
"""Plain names of the size of pages in an envelope. `size` is left out: some count a page by it."""


class Error(StrEnum):
    """What a member means that may tell of an error."""

    HOLDS = "holds"
    """It holds what went wrong; where it is empty, nothing did."""

    DENIES = "denies"
    """It is false where the request failed."""

    WORD = "word"
    """It is the outcome in a word: that it failed, or is not done yet."""

    CODE = "code"
    """It is the outcome as a code: 0 and 2xx say that nothing failed."""

    NUMBER = "number"
    """It is the number of the error; 0 where there is none."""

    LACKS = "lacks"
    """It says that a part of the records is missing."""

    CUT = "cut"
    """It says that a list within a record goes on elsewhere."""


ERRORS: dict[str, tuple[Error, str]] = {
    "error": (Error.HOLDS, "services whose status is 200 whatever happened"),
    "errors": (Error.HOLDS, "GraphQL, JSON:API, services that collect their parts' records"),
    "success": (Error.DENIES, "Cloudflare, Pipedrive, CKAN, TMDB"),
    "ok": (Error.DENIES, "Slack, Telegram's bots"),
    "status": (Error.WORD, "JSend (`fail`), Prometheus (`error`), Google Maps, jobs (`pending`)"),
    "stat": (Error.WORD, "Flickr, UptimeRobot (`fail`)"),
    "result": (Error.WORD, "MangaDex (`error`)"),
    "ack": (Error.WORD, "eBay's Finding and Trading APIs (`Failure`)"),
    "code": (Error.CODE, "Feishu, Alibaba Cloud; Foursquare (in `meta`)"),
    "errcode": (Error.NUMBER, "WeChat, DingTalk"),
    "error_code": (Error.NUMBER, "Telegram's bots, Qlik"),
    "errno": (Error.NUMBER, "Baidu's Netdisk"),
    "partial": (Error.LACKS, "services that return what they have in time"),
    "is_partial": (Error.LACKS, "Elasticsearch's async search"),
    "is_running": (Error.LACKS, "Elasticsearch's async search"),
    "timed_out": (Error.LACKS, "Elasticsearch"),
    "_shards.failed": (Error.LACKS, "Elasticsearch, where parts of an index could not be searched"),
    "responseHeader.partialResults": (Error.LACKS, "Solr"),
    "warnings": (Error.LACKS, "Prometheus and Thanos, where a part of the data is missing"),
}
"""Names in an envelope that tell of an error: beside records some may be missing."""

HEADERS: dict[str, tuple[Kind, str]] = {
    "Link": (Kind.NEXT, "RFC 8288 with rel=next: GitHub, GitLab, Shopify, json-server"),
    "Next-Page": (Kind.NEXT, "Kinto"),
    "Next-Range": (Kind.NEXT, "Heroku"),
    "X-Next-Page": (Kind.NEXT, "GitLab"),
    "X-Next": (Kind.NEXT, "services with an address in a header"),
    "X-Has-More": (Kind.MORE, "services with a flag in a header"),
    "X-Has-Next-Page": (Kind.MORE, "services with a flag in a header"),
    "X-Next-Cursor": (Kind.CURSOR, "services with a cursor in a header"),
    "X-Next-Token": (Kind.CURSOR, "services with a token in a header"),
    "X-Next-Page-Token": (Kind.CURSOR, "services with a token in a header"),
    "X-Cursor": (Kind.CURSOR, "services with a cursor in a header; may be this page's own"),
    "X-Continuation-Token": (Kind.CURSOR, "services of Azure, where there is more"),
    "X-MS-ContinuationToken": (Kind.CURSOR, "Azure DevOps, where there is more"),
    "X-MS-Continuation": (Kind.CURSOR, "Azure Cosmos DB, where there is more"),
    "X-Total-Count": (Kind.TOTAL, "json-server, Strapi"),
    "X-Total": (Kind.TOTAL, "GitLab, Kaminari's API helpers"),
    "X-WP-Total": (Kind.TOTAL, "WordPress"),
    "X-Records": (Kind.TOTAL, "Teamwork"),
    "X-Pagination-Total-Count": (Kind.TOTAL, "Yii 2"),
    "Total-Records": (Kind.TOTAL, "Kinto up to 14"),
    "Total-Count": (Kind.TOTAL, "services with a count in a header"),
    "X-Pagination": (Kind.TOTAL, "ASP.NET and flask-smorest: an object of signs, as JSON"),
    "Total-Objects": (Kind.TOTAL, "Kinto"),
    "Content-Range": (Kind.TOTAL, "RFC 9110 with a unit of records: PostgREST, React Admin"),
    "X-Total-Pages": (Kind.PAGES, "GitLab"),
    "X-WP-TotalPages": (Kind.PAGES, "WordPress"),
    "X-Pages": (Kind.PAGES, "Teamwork, EVE Online"),
    "X-Pagination-Page-Count": (Kind.PAGES, "Yii 2"),
    "X-Page-Count": (Kind.PAGES, "services with a number of pages in a header"),
}

CONTAINERS: dict[str, str] = {
    "links": "JSON:API; as a list with `rel`: PayPal, NetSuite, Oracle, OGC API Features",
    "link": "FHIR: a list with `relation`",
    "_links": "HAL",
    "meta": "JSON:API, Laravel",
    "_meta": "Yii, Contentful",
    "metadata": "OData-like services, Kubernetes",
    "_metadata": "HubSpot-like services, SendGrid",
    "MetaInformation": "Fortnox",
    "additional_data": "Pipedrive",
    "info": "Zoho CRM",
    "response_metadata": "Slack",
    "result_info": "Cloudflare",
    "page": "Spring Data, Help Scout",
    "pages": "Intercom",
    "page_info": "GraphQL connections, in JSON `pageInfo`",
    "paging": "Meta, HubSpot, Vimeo",
    "pagination": "the accounting API, Eventbrite, Front (`_pagination`)",
    "cursors": "Meta",
    "response": "Solr",
    "hits": "Elasticsearch",
    "pager": "DHIS2",
    "records": "Gong: an object beside the list, which has a name of its own",
    "page_context": "Zoho Books",
    "resultset": "NOAA's Climate Data Online (in `metadata`), Jotform",
    "@attributes": "XML that PHP turned to JSON: Lightspeed Retail",
}
"""Objects of an envelope that hold signs; in any other a `total` may be an amount of money."""
