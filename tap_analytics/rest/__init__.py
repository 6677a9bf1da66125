"""Reads the pages of a REST resource. Knows requests and pages, and neither Singer nor streams.

- `endpoint`: `Endpoint`, what is known of a resource; `PageQuery`, one page that is asked for.
- `pages`: `PageReader` requests pages and hands them on in order; `prefetch` and `in_flight` keep
  several on their way.
- `paginator`: `Paginator` and `PageInfo`; `range_paginators` where pages are known beforehand,
  `reference_paginators` where only the page before names the next.
- `document`: `JSONBody` and `RawRecords`; `extractor`: `RecordExtractor`, the records of a body.
- `signs`: what in a response says that there is more; `contradictions`: whether an end stands
  against it; `trials`: requests that the server may refuse.
"""
