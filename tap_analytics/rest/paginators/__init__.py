"""Which page is next, and why the last page is the last.

- `paginator`: `Paginator`, what each of them says.
- `range_paginators` where pages are known beforehand, `reference_paginators` where only the page
  before names the next.
- `detecting_paginator` where nobody named a paginator; `detection`: what a first response tells;
  `first_page_again` and `empty_first_page`: what a page on trial shows.
"""
