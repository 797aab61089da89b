"""Jobs of campaigns."""

from procrastinate.contrib.django import app

from shopbell.campaigns.domains import TASK, find_out_about_domain
from shopbell.kit.mail.domains import Sender


@app.task(name=TASK)
def ask_dns(store_id: int, domain: str, selector: str) -> None:
    """Find out whether receivers can trust mail from a domain."""
    find_out_about_domain(store_id, Sender(domain, selector))
