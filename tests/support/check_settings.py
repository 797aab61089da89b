"""Settings for tools that read the code and open nothing: mypy, `makemigrations --check`.

A newcomer's mistake: pointing such a tool at the product's settings. Those make a data folder.
"""

import os

os.environ.setdefault("SHOPBELL_SECRET_KEY", "nothing is signed with this")
os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
os.environ.setdefault("SHOPBELL_AS_OWNER", "1")

from shopbell.config.settings import *  # noqa: F403
