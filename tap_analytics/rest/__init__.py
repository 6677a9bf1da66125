"""Reads the pages of a REST resource. Knows requests and pages, and neither Singer nor streams.

- `endpoint`: `Endpoint`, what is known of a resource; `PageQuery`, one page that is asked for;
  `request_parts`: headers and bodies; `questions`: a way of reading's question as such a query.
- `pages`: `PageReader` requests pages and hands them on in order; `page_fetcher` requests one
  `page`; `prefetch` and `in_flight` keep several on their way; `kept_responses`: those of a sample;
  `first_pages`: pages that were asked for before the turn of their streams.
- `paginator`: `Paginator` and `PageInfo`; `range_paginators` where pages are known beforehand,
  `reference_paginators` where only the page before names the next, `detecting_paginator` where
  nobody named a paginator, with `detection`.
- `document`: `JSONBody` and `RawRecords`, with `unloadable`, what no target can load; `extractor`:
  `RecordExtractor`, the records of a body; `record_finder`: where they are, where nobody says it.
- `signs`: what in a response says that there is more, by `sign_names`; `contradictions`:
  whether an end stands against it; `trials`: requests that the server may refuse;
  `base_page_trial`: those that find the first page's number.
"""
