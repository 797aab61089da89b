"""The embedded server."""

import psycopg, os

def test_the_test_database_answers() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as c:
        assert c.execute("select 1").fetchone() == (1,)
