"""Addresses: the customers' form and link, and the lists of the staff."""

from django.urls import path

from shopbell.interests.views import confirming, hosted, reading

app_name = "interests"
urlpatterns = [
    path("back-in-stock/<slug:store>/", hosted.page, name="page"),
    path("back-in-stock/<slug:store>/sent", hosted.sent, name="sent"),
    path("w/<str:token>", confirming.confirm, name="confirm"),
    path("s/<slug:store>/waiting/", reading.index, name="index"),
    path("s/<slug:store>/waiting/<uuid:product>/", reading.show, name="show"),
    path("s/<slug:store>/waiting/take-off/<uuid:waiting>/", reading.take_off, name="take_off"),
]
