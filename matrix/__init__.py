"""The target matrix: what each Singer target keeps of what the tap sends, cell by cell.

`python -m matrix` writes docs/targets.md. It stands beside the benchmarks, not in the tests: it
installs some twenty targets, each into an environment of its own.
"""
