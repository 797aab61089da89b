"""Addresses of the demo."""

from django.urls import path

from shopbell.demo.views import admin, control, shop

app_name = "demo"
urlpatterns = [
    path("s/<slug:store>/demo/", control.index, name="index"),
    path("s/<slug:store>/demo/bar/", control.bar, name="bar"),
    path("s/<slug:store>/demo/<slug:verb>/", control.change, name="change"),
    path("s/<slug:store>/demo/orders/<int:order>/<slug:deed>/", control.meddle, name="meddle"),
    path("demo/shop/<slug:store>", shop.shop, name="shop"),
    path("demo/shop/<slug:store>/admin/api/<slug:version>/graphql.json", admin.graphql),
    path("demo/thanks/<str:token>", shop.thanks, name="thanks"),
]
