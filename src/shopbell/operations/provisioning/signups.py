"""Topics and sign-up forms of an apply file. What the file leaves out of a form is the default."""

from shopbell.accounts.models import Store
from shopbell.consent.choosing import save_topic
from shopbell.consent.models import Topic
from shopbell.kit.db.scope import store_scope
from shopbell.operations.provisioning.plan import Plan, difference
from shopbell.operations.provisioning.schema import SignupFormKeys, TopicKeys
from shopbell.signups.actions import save_signup_form
from shopbell.signups.definition import LONGEST, texts_of
from shopbell.signups.models import SignupForm

_PLAIN = ("name", "channel", "languages", "topics", "is_open", "asks_by_mail", "country")


def apply_topic(plan: Plan, store: Store, wanted: TopicKeys) -> None:
    """Make the topic, or give it these names."""
    with store_scope(store.pk):
        row = Topic.objects.filter(key=wanted.key).first()
        details = []
        if row is not None and row.names != wanted.names:
            details.append(difference("names", row.names, wanted.names))
        plan.add(f"topic {store.slug}/{wanted.key}", created=row is None, details=tuple(details))
        if row is None or details:
            save_topic(names=wanted.names, key=wanted.key)


def apply_signup_form(plan: Plan, store: Store, wanted: SignupFormKeys) -> None:
    """Make the form, or bring it into the state of the file; other words are another version."""
    with store_scope(store.pk):
        row = SignupForm.objects.filter(slug=wanted.slug).first()
        said = {
            code: {name: getattr(wanted, name).get(code, "") for name in LONGEST}
            for code in wanted.languages
        }
        texts = texts_of(said, wanted.languages)
        details = []
        if row is not None:
            details = [
                difference(name, getattr(row, name), getattr(wanted, name))
                for name in _PLAIN
                if getattr(row, name) != getattr(wanted, name)
            ]
            details += ["other words"] if row.texts != texts else []
        plan.add(
            f"sign-up form {store.slug}/{wanted.slug}", created=row is None, details=tuple(details)
        )
        if row is None or details:
            save_signup_form(
                name=wanted.name,
                slug=wanted.slug,
                texts=texts,
                languages=wanted.languages,
                topic_keys=wanted.topics,
                channel=wanted.channel,
                asks_by_mail=wanted.asks_by_mail,
                country=wanted.country,
                is_open=wanted.is_open,
                form=row,
            )
