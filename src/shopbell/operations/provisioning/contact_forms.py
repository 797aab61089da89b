"""Contact forms of an apply file. What the file leaves out is the default."""

from shopbell.accounts.models import Store
from shopbell.contact_forms.actions import save_form
from shopbell.contact_forms.definition import definition_of
from shopbell.contact_forms.models import ContactForm
from shopbell.kit.db.scope import store_scope
from shopbell.operations.provisioning.plan import Plan, difference
from shopbell.operations.provisioning.schema import ContactFormKeys

_OWN = {"slug", "languages", "is_open"}


def apply_contact_form(plan: Plan, store: Store, wanted: ContactFormKeys) -> None:
    """Make the form, or bring it into the state of the file."""
    with store_scope(store.pk):
        form = ContactForm.objects.filter(slug=wanted.slug).first()
        content = definition_of(wanted.model_dump(exclude=_OWN), wanted.languages)
        whole = content.model_dump(mode="json")
        details = []
        if form is not None:
            details = [
                difference(name, getattr(form, name), getattr(wanted, name))
                for name in ("languages", "is_open")
                if getattr(form, name) != getattr(wanted, name)
            ]
            details += ["other questions or texts"] if form.content != whole else []
        plan.add(
            f"contact form {store.slug}/{wanted.slug}",
            created=form is None,
            details=tuple(details),
        )
        if form is None or details:
            save_form(
                content=whole,
                languages=wanted.languages,
                slug=wanted.slug,
                is_open=wanted.is_open,
                form=form,
            )
