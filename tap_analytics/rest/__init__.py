"""Reads the pages of a REST resource. Knows requests and pages, and neither Singer nor streams.

- `endpoint`: `Endpoint`, what is known of a resource; `PageQuery`, one page that is asked for;
  `request_parts`: headers and bodies, and `asked` what in them asks for what; `questions`: a way of
  reading's question as such a query.
- `pages`: `PageReader` requests pages and hands them on in order; `page_fetcher` requests one
  `page`; `prefetch` and `in_flight` keep several on their way; `sampled_responses`: those of a
  sample; `first_pages`: pages that were asked for before the turn of their streams; `so_far`: what
  a reading has come to.
- `paginators/`: which page is next, and why the last one is the last.
- `response/`: what a response says: its records, and whether there are more.
- `trials`: requests that the server may refuse.
"""
