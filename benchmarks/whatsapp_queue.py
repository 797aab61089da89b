"""Queue answers on WhatsApp in the database of the environment; told on standard input.

One JSON object on each line: inbox, first, count, due. Each is answered by the time of its commit.
"""

import json
import sys
import time
from datetime import UTC, datetime

import django


def main() -> None:
    """Work off what is told until the input ends."""
    django.setup()
    from shopbell.accounts.queries import store_by_slug
    from shopbell.connections.models import Connection
    from shopbell.customers.models import Customer
    from shopbell.kit import clock
    from shopbell.kit.db.scope import store_scope
    from shopbell.messaging.actions import Draft, queue_messages
    from shopbell.messaging.ports import Written
    from shopbell.messaging.windows import open_windows

    store = store_by_slug("lark")
    for line in sys.stdin:
        told = json.loads(line)
        people = [f"+49170{told['first'] + place:07d}" for place in range(told["count"])]
        with store_scope(store.pk):
            inbox = Connection.objects.get(slug=told["inbox"])
            now = clock.now()
            due = datetime.fromtimestamp(told["due"], UTC) if told["due"] else None
            customers = Customer.objects.bulk_create([Customer(phone=one) for one in people])
            open_windows(inbox, [Written(f"in-{one}", one, now) for one in people])
            drafts = [
                Draft(
                    business_key=f"bench:{customer.phone}",
                    kind="reply",
                    purpose="support",
                    media=("whatsapp",),
                    customer=customer,
                    to_address=customer.phone,
                    origin="staff",
                    due_at=due,
                    data={"content": {"text": "It is on its way."}, "inbox": str(inbox.pk)},
                )
                for customer in customers
            ]
            queue_messages(drafts=drafts)
        sys.stdout.write(f"{time.time()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
