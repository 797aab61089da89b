"""What a store has that steps can name: texts, segments, topics, channels, purposes."""

from shopbell.accounts.models import Store
from shopbell.connections.postings import receivers
from shopbell.consent.choosing import USUAL_TOPICS
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import topics
from shopbell.journeys.fields import Offer
from shopbell.kit.db.scope import current_store_id
from shopbell.messaging.catalogue import all_kinds
from shopbell.messaging.ports import TELLING
from shopbell.messaging.titles import medium_title
from shopbell.segments.queries import segment_names, segments


def offer_now() -> Offer:
    """Return what there is to choose from in the store in scope."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for kind in all_kinds():
        texts.setdefault(kind.group, []).append((kind.key, kind.title))
    named = {key: names["en"] for key, names in USUAL_TOPICS.items()}
    named |= {topic.key: topic.name_in("en") for topic in topics()}
    return Offer(
        texts=sorted(texts.items(), key=lambda group: group[0] != "Journeys"),
        segment_names=segment_names(),
        currency=Store.objects.get(pk=current_store_id()).currency,
        segments=[
            (row.key or str(row.pk), row.name) for row in segments().only("pk", "key", "name")
        ],
        topics=list(named.items()),
        media=[(str(medium), medium_title(medium)) for medium in TELLING],
        receivers=[(row.slug, row.name or row.slug) for row in receivers()],
        purposes=[(key, purpose.title) for key, purpose in PURPOSES.items()],
    )
