"""Finding conversations: what of them is kept for searching, what was asked, and the rows.

A newcomer's mistake: asking the tables directly for words. Behind row-level security PostgreSQL may
not use an index for `@@` or `@>`; `finding` asks two functions that may, and only for the store in
scope (see docs/decisions).
"""
