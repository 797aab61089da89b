"""The application of the web process: `uvicorn shopbell.config.asgi:application`.

A newcomer's mistake: importing this in a command or a test that only needs Django. Importing it
sets Django up and builds the door; serving it opens connections.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopbell.config.settings")

from django.core.wsgi import get_wsgi_application

_pages = get_wsgi_application()

from shopbell.edge.application import FrontDoor  # noqa: E402

application = FrontDoor(_pages)
