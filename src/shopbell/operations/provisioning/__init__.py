"""`shopbell apply FILE.toml`: what the set-up pages configure, declared in one file.

`schema.py` says what may stand in the file (a public contract), `reading.py` turns a file into it
and reports all mistakes at once, `apply.py` compares it with the database in one transaction.
"""
