"""Addresses of calls: in the inbox, and the page on which the phone is set up."""

from django.urls import include, path

from shopbell.calls.views import calling, noting, setup

call_urls = (
    [
        path("inbox/setup/phone/", setup.index, name="setup"),
        path("inbox/setup/phone/lines/<uuid:key>/", setup.line, name="line"),
        path("inbox/setup/phone/people/<int:key>/", setup.phone, name="phone"),
        path("calls/log/", noting.log, name="log"),
        path("calls/mine/", calling.my_phone, name="my_phone"),
        path("calls/<uuid:key>/notice/", calling.notice, name="notice"),
        path("calls/<uuid:key>/outcome/", noting.outcome, name="outcome"),
        path("calls/<uuid:key>/recording/", calling.recording, name="recording"),
        path("inbox/<int:number>/call/", calling.call, name="call"),
    ],
    "calls",
)

urlpatterns = [path("s/<slug:store>/", include(call_urls))]
