"""The tags of the design system."""

from datetime import UTC, datetime

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.safestring import SafeString

from shopbell.kit import clock
from shopbell.web.icons import ICONS
from shopbell.web.paging import Page
from shopbell.web.states import PARCEL_PLACE

EVIL = '"><script>alert(1)</script>'


def draw(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        "{% button evil href=evil title=evil %}",
        "{% pill evil %}",
        "{% state evil %}",
        "{% card evil aside=evil %}{{ evil }}{% endcard %}",
        "{% notice %}{{ evil }}{% endnotice %}",
        "{% empty evil %}{{ evil }}{% endempty %}",
        "{% stat evil evil note=evil values=numbers href=evil %}",
        "{% table evil evil %}<tr><td>{{ evil }}</td></tr>{% endtable %}",
        "{% timeline %}{% event evil evil detail=evil tone=evil %}{% endtimeline %}",
        "{% facts %}{% fact evil evil %}{% endfacts %}",
        "{% filters evil %}{% chip evil evil remove=True %}{% endfilters %}",
        "{% crumbs evil evil evil %}",
        "{% tabs evil %}{% tab evil evil count=evil %}{% endtabs %}",
        "{% segmented evil %}{% choice evil evil %}{% endsegmented %}",
        "{% switch evil evil %}",
        "{% secret evil evil %}{% secret evil evil hide=True %}{% copy evil evil %}",
        "{% dialog evil evil %}{{ evil }}{% enddialog %}",
        "{% menu evil %}{{ evil }}{% endmenu %}",
        "{% code %}{{ evil }}{% endcode %}",
        "{% avatar evil %}{% kbd evil %}{% icon 'bell' label=evil %}",
        "{% parcel evil says=evil %}{% progress 1 2 label=evil poll=evil %}",
        "{% bar_chart days label=evil %}{% line_chart series label=evil %}",
    ],
)
def test_no_component_lets_markup_through(source: str) -> None:
    drawn = draw(source, evil=EVIL, numbers=[1, 2], days={EVIL: 1.0}, series={EVIL: [1.0, 2.0]})

    assert "<script" not in drawn
    assert EVIL[:3] + "script" not in drawn


@pytest.mark.parametrize("name", ["onclick", "on_focus", "style"])
def test_a_button_refuses_attributes_the_policy_would_drop(name: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        draw("{% button 'x' " + name + "='y' %}")


def test_a_button_with_an_address_is_a_link() -> None:
    drawn = draw("{% button 'Open' href='/x' kind='primary' keys='e' hx_boost='true' %}")

    assert drawn.startswith('<a href="/x"')
    assert 'hx-boost="true"' in drawn
    assert 'data-shortcut="e"' in drawn


def test_a_square_button_has_a_spoken_name() -> None:
    assert 'aria-label="Edit"' in draw("{% button 'Edit' kind='square' icon='edit' %}")


@pytest.mark.parametrize("status", list(PARCEL_PLACE))
def test_a_parcel_says_in_words_where_it_is(status: str) -> None:
    drawn = draw("{% parcel status %}", status=status)

    assert drawn.count("<li") == 5
    assert "says" in drawn
    assert 'aria-label=""' not in drawn


def test_a_delivered_parcel_is_done_and_a_failed_attempt_is_not() -> None:
    assert draw("{% parcel 'delivered' %}").count('class="done"') == 5
    failed = draw("{% parcel 'attempt_fail' %}")
    assert 'class="wrong"' in failed
    assert failed.count('class="done"') == 3


def test_a_time_carries_its_exact_moment() -> None:
    moment = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    with clock.at(datetime(2026, 11, 21, 12, 6, tzinfo=UTC)):
        drawn = draw("{% when moment zone='Europe/Berlin' %}", moment=moment)

    assert 'datetime="2026-11-21T12:00:00+00:00"' in drawn
    assert 'title="Sat 21 Nov 2026, 13:00 CET"' in drawn
    assert ">6 min ago<" in drawn


def test_the_pager_keeps_the_other_filters() -> None:
    request = RequestFactory().get("/orders?state=open&at=old")
    drawn = draw("{% pager page %}", page=Page([1], older="abc"), request=request)

    assert "state=open&amp;at=abc" in drawn
    assert "Newer" not in drawn


def test_a_list_on_one_page_needs_no_pager() -> None:
    assert draw("{% pager page %}", page=Page([1])).strip() == ""


def test_progress_asks_again_only_while_it_runs() -> None:
    assert "hx-get" in draw("{% progress 1 5 poll='/x' %}")
    assert "hx-get" not in draw("{% progress 5 5 %}")
    assert "value=" not in draw("{% progress None %}")


def test_progress_never_shows_more_than_all() -> None:
    assert 'value="5"' in draw("{% progress 9 5 %}")


def test_a_hidden_secret_is_not_in_the_text() -> None:
    drawn = draw("{% secret 'sb_live_1' 'API key' hide=True %}")

    assert ">sb_live_1<" not in drawn
    assert "Show API key" in drawn


def test_every_icon_draws_and_an_unknown_one_is_a_mistake() -> None:
    for name in ICONS:
        assert 'aria-hidden="true"' in draw("{% icon name %}", name=name)
    with pytest.raises(KeyError):
        draw("{% icon 'no-such-icon' %}")


class Sample(forms.Form):
    """A form as somebody else would write it."""

    name = forms.CharField(label="Name", help_text="Shown to customers.")
    note = forms.CharField(required=False)
    agree = forms.BooleanField(label="Agreed", required=False)
    way = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_form_ties_labels_help_and_errors_to_their_fields() -> None:
    # given
    form = Sample({"token": "x"})

    # when
    drawn = str(form)

    # then
    assert isinstance(form.render(), SafeString)
    assert '<label for="id_name">Name</label>' in drawn
    assert 'aria-invalid="true"' in drawn
    assert 'id="id_name_helptext"' in drawn
    assert 'id="id_name_error"' in drawn
    assert "id_name_helptext" in drawn.split('aria-describedby="')[1].split('"')[0]
    assert "(optional)" in drawn
    assert "<legend>Way</legend>" in drawn
    assert drawn.count('type="hidden"') == 1


def test_errors_of_the_whole_form_are_announced() -> None:
    form = Sample({})
    form.add_error(None, "These two do not fit together.")

    assert 'role="alert"' in str(form)
    assert "These two do not fit together." in str(form)
