"""Saved views: keeping a list under a name, and throwing it away."""

from collections.abc import Mapping

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.models import SavedView
from shopbell.kit import clock
from shopbell.kit.errors import Forbidden, Invalid
from shopbell.kit.text import one_line

MOST = 40


@transaction.atomic
def save_view(*, name: str, query: Mapping[str, str], by: User, shared: bool) -> SavedView:
    """Keep a list under a name; saved again under the same name, it takes the place of the old one.

    Raises:
        Invalid: there is no name, nothing to keep, or too many are kept already.
    """
    called = one_line(name, 60)
    if not called:
        raise Invalid("The view has no name.", fields={"name": "Give it one."})
    if not query:
        raise Invalid("There is nothing to keep: search for something or choose a filter first.")
    user = None if shared else by
    row = SavedView.objects.filter(user=user, name=called).first()
    if row is None:
        if SavedView.objects.filter(user=user).count() >= MOST:
            raise Invalid(f"{MOST} views are kept already.", remedy="Throw one away first.")
        row = SavedView(user=user, name=called)
    row.query, row.saved_at = dict(query), clock.now()
    row.save()
    return row


@transaction.atomic
def drop_view(*, view: SavedView, by: User, may_manage: bool) -> None:
    """Throw a view away.

    Raises:
        Forbidden: it is shared, and this person may not change what is shared.
    """
    if view.user_id != by.pk and not may_manage:
        raise Forbidden("This view belongs to the whole team.", remedy="Ask a supervisor.")
    view.delete()
