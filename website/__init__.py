"""The documentation as a site: `python -m website` builds it from `docs/`.

It stands beside the tap and is no part of it. Nothing is fetched when the site is read: the fonts are the
reader's own, and the diagrams were drawn beforehand.
"""
