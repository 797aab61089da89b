"""Measurements. Each module with `run() -> dict` is one table of docs/benchmarks.md.

`python -m benchmarks [name ...]` runs all or some. A newcomer's mistake: reading the absolute
figures. They belong to the machine named above the tables; ratios travel.
"""
