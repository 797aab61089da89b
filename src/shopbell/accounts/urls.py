"""Addresses of accounts: the way in, the own profile, and a store's settings, staff and keys.

Of allauth's addresses only those are mounted that we use: nobody signs up, and no mail goes out for
a forgotten password (an owner makes a new link instead).
"""

from allauth.account import views as allauth
from django.urls import URLPattern, URLResolver, include, path

from shopbell.accounts.views import entry, keys, profile, staff, store

own: list[URLPattern | URLResolver] = [
    path("", entry.front, name="front"),
    path("setup/", entry.setup, name="setup"),
    path("account/link/<str:token>", entry.login_link, name="link"),
    path("account/profile/", profile.profile, name="profile"),
    path("account/picture/", profile.portrait, name="portrait"),
    path("account/picture/save/", profile.save_picture, name="portrait_save"),
    path("s/<slug:store>/settings/", store.settings, name="settings"),
    path("s/<slug:store>/settings/save", store.save_settings, name="settings_save"),
    path("s/<slug:store>/settings/colour", store.colour_preview, name="colour_preview"),
    path("s/<slug:store>/staff/", staff.staff, name="staff"),
    path("s/<slug:store>/staff/invite", staff.invite, name="staff_invite"),
    path("s/<slug:store>/staff/<uuid:member>/role", staff.set_role, name="staff_role"),
    path("s/<slug:store>/staff/<uuid:member>/remove", staff.remove, name="staff_remove"),
    path("s/<slug:store>/staff/<uuid:member>/link", staff.new_link, name="staff_link"),
    path("s/<slug:store>/staff/faces/<slug:mark>.png", staff.face, name="face"),
    path("s/<slug:store>/keys/", keys.keys, name="keys"),
    path("s/<slug:store>/keys/create", keys.create_key, name="key_create"),
    path("s/<slug:store>/keys/<uuid:key>/revoke", keys.revoke_key, name="key_revoke"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((own, "accounts"))),
    path("account/login/", allauth.login, name="account_login"),
    path("account/logout/", allauth.logout, name="account_logout"),
    path("account/inactive/", allauth.account_inactive, name="account_inactive"),
    path("account/reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("account/password/change/", allauth.password_change, name="account_change_password"),
    path("account/password/set/", allauth.password_set, name="account_set_password"),
    path("account/2fa/", include("allauth.mfa.urls")),
]
