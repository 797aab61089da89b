"""The form renderer: `{{ form }}` and `{{ field.as_field_group }}` come out in our design.

Set as FORM_RENDERER, so forms of other packages (sign-in, two-factor) get it without asking.
"""

from django.forms.renderers import DjangoTemplates


class Renderer(DjangoTemplates):
    """Django's renderer with our form and field templates."""

    form_template_name = "web/form/form.html"
    field_template_name = "web/form/field.html"
