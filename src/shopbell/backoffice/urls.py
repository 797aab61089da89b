"""Addresses of the merchant pages, below `/s/<store>/`."""

from django.urls import include, path

from shopbell.backoffice.views import (
    customers,
    erasing,
    home,
    messages,
    orders,
    permissions,
    problems,
    search,
)

home_urls = ([path("", home.index, name="index")], "home")
orders_urls = (
    [
        path("", orders.index, name="index"),
        path("<uuid:order>/", orders.show, name="show"),
        path("<uuid:order>/payload/", orders.payload, name="payload"),
    ],
    "orders",
)
customers_urls = (
    [
        path("", customers.index, name="index"),
        path("permissions/import/", permissions.permissions, name="permissions"),
        path("<uuid:customer>/", customers.show, name="show"),
        path("<uuid:customer>/erase/", erasing.erase, name="erase"),
        path("<uuid:customer>/data/", erasing.data, name="data"),
        path("<uuid:customer>/blocks/<uuid:block>/lift/", customers.lift, name="lift"),
    ],
    "customers",
)
messages_urls = (
    [
        path("", messages.index, name="index"),
        path("reasons/", messages.reasons, name="reasons"),
        path("release/", messages.release, name="release"),
        path("<uuid:message>/", messages.show, name="show"),
        path("<uuid:message>/body/", messages.body, name="body"),
        path("<uuid:message>/resend/", messages.resend, name="resend"),
        path("<uuid:message>/stop/", messages.stop, name="stop"),
    ],
    "messaging",
)
problems_urls = (
    [
        path("", problems.index, name="index"),
        path("raw/<int:item>/", problems.raw, name="raw"),
        path("raw/<int:item>/settle/", problems.settle_item, name="settle_item"),
        path("handler/<int:delivery>/", problems.settle_delivery, name="settle_delivery"),
        path("privacy/<uuid:privacy>/", problems.settle_privacy, name="settle_privacy"),
    ],
    "problems",
)

urlpatterns = [
    path("s/<slug:store>/", include(home_urls)),
    path("s/<slug:store>/orders/", include(orders_urls)),
    path("s/<slug:store>/customers/", include(customers_urls)),
    path("s/<slug:store>/messages/", include(messages_urls)),
    path("s/<slug:store>/problems/", include(problems_urls)),
    path("s/<slug:store>/search", search.search, name="search"),
]
