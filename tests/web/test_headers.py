"""Headers that every answer carries."""

from django.test import Client


def test_pages_are_never_stored_and_never_framed() -> None:
    response = Client().get("/styleguide")

    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in response["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in response["Permissions-Policy"]


def test_scripts_run_only_with_the_nonce_of_this_answer() -> None:
    # when
    one, other = Client().get("/styleguide"), Client().get("/styleguide")

    # then
    policy = one["Content-Security-Policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert "'unsafe-inline'" not in policy
    assert f'nonce="{nonce}"' in one.content.decode()
    assert nonce not in other["Content-Security-Policy"]


def test_the_number_of_a_request_is_passed_on_if_it_is_harmless() -> None:
    given = Client().get("/styleguide", headers={"X-Request-ID": "edge-12345678"})
    odd = Client().get("/styleguide", headers={"X-Request-ID": "x" * 500})

    assert given["X-Request-ID"] == "edge-12345678"
    assert 8 <= len(odd["X-Request-ID"]) <= 64
