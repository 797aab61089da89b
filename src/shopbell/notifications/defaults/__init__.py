"""The messages Shopbell ships: one folder per kind, one file per locale and form.

`<kind>/<locale>.email.liquid` is a mail (TOML between `+++`, then MJML), `<locale>.text.liquid`
what a phone gets. A newcomer's mistake: editing a store's copy here. A store's own templates are
rows in the database; these are what it starts from and can go back to.
"""

from shopbell.notifications.defaults.loading import KINDS, load_default
from shopbell.notifications.defaults.samples import minimal_context, sample_context

__all__ = ["KINDS", "load_default", "minimal_context", "sample_context"]
