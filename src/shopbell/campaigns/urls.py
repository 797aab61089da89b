"""Addresses of campaigns, below `/s/<store>/campaigns/`."""

from django.urls import include, path

from shopbell.campaigns.views import acting, drafting, reading, writing

campaigns_urls = (
    [
        path("", reading.index, name="index"),
        path("new/", drafting.new, name="new"),
        path("limit/", acting.limit, name="limit"),
        path("<uuid:key>/", reading.show, name="show"),
        path("<uuid:key>/people/", reading.people, name="people"),
        path("<uuid:key>/plan/", drafting.plan, name="plan"),
        path("<uuid:key>/count/", drafting.count, name="count"),
        path("<uuid:key>/write/", writing.write, name="write"),
        path("<uuid:key>/write/save/", writing.save, name="save"),
        path("<uuid:key>/write/frame/", writing.frame, name="frame"),
        path("<uuid:key>/write/check/", writing.check, name="check"),
        path("<uuid:key>/write/language/", writing.language, name="language"),
        path("<uuid:key>/write/test/", writing.test, name="test"),
        path("<uuid:key>/write/domain/", writing.ask, name="ask"),
        path("<uuid:key>/write/codes/", writing.codes, name="codes"),
        path("<uuid:key>/variant/", acting.variant, name="variant"),
        path("<uuid:key>/<slug:variant>/whatsapp/", drafting.whatsapp, name="whatsapp"),
        path("<uuid:key>/submit/", acting.submit, name="submit"),
        path("<uuid:key>/approve/", acting.approve, name="approve"),
        path("<uuid:key>/decline/", acting.send_back, name="send_back"),
        path("<uuid:key>/take-back/", acting.take_back, name="take_back"),
        path("<uuid:key>/pause/", acting.pause, name="pause"),
        path("<uuid:key>/resume/", acting.resume, name="resume"),
        path("<uuid:key>/cancel/", acting.cancel, name="cancel"),
        path("<uuid:key>/copy/", acting.copy, name="copy"),
        path("<uuid:key>/drop/", acting.drop, name="drop"),
    ],
    "campaigns",
)

urlpatterns = [path("s/<slug:store>/campaigns/", include(campaigns_urls))]
