"""What a visitor is told when something goes wrong."""

import json
import logging

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path

from shopbell.kit import errors
from shopbell.web.errors import BY_STATUS, answer_to, response_to
from shopbell.web.middleware import ErrorPages


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("gone"), 404),
        (errors.Forbidden("no"), 403),
        (errors.Invalid("odd"), 422),
        (errors.Conflict("late"), 409),
        (errors.Temporary("down"), 503),
        (errors.Permanent("refused"), 502),
        (errors.BadSignature("forged"), 403),
        (errors.Unsupported("cannot"), 422),
        (errors.ScopeError("bug"), 500),
        (errors.ConfigurationError("wrong"), 500),
        (Http404("gone"), 404),
        (PermissionDenied(), 403),
        (SuspiciousOperation(), 400),
        (KeyError("bug"), 500),
    ],
)
def test_every_error_has_its_status(error: Exception, status: int) -> None:
    assert answer_to(error).status == status


def test_every_answer_says_what_happened_what_was_kept_and_what_to_do() -> None:
    for answer in BY_STATUS.values():
        assert answer.title
        assert answer.message
        assert answer.kept
        assert answer.remedy
        assert "!" not in answer.title + answer.message + answer.kept + answer.remedy


def test_what_the_error_says_itself_is_shown() -> None:
    # given
    error = errors.Conflict("Ines assigned it.", kept="Your draft is safe.", remedy="Look again.")

    # when
    answer = answer_to(error)

    # then
    assert (answer.message, answer.kept, answer.remedy) == (
        "Ines assigned it.",
        "Your draft is safe.",
        "Look again.",
    )


def test_what_a_provider_said_is_not_shown_to_visitors() -> None:
    answer = answer_to(errors.Temporary("token=abc refused by 10.0.0.7", retry_after=30))

    assert "abc" not in answer.message
    assert answer.retry_after == 30


def test_an_unexpected_error_shows_its_number_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # given
    request = RequestFactory().get("/s/clay/")
    request.request_id = "number-123456"  # type: ignore[attr-defined]
    error = RuntimeError("secret inner detail")

    # when
    with caplog.at_level(logging.ERROR):
        response = response_to(request, answer_to(error), error)

    # then
    text = response.content.decode()
    assert response.status_code == 500
    assert "number-123456" in text
    assert "secret inner detail" not in text
    assert any("number-123456" in record.getMessage() for record in caplog.records)


def test_htmx_gets_a_toast_and_leaves_the_page_alone() -> None:
    # given
    request = RequestFactory().post("/s/clay/x", headers={"HX-Request": "true"})
    error = errors.Invalid("Not saved.", fields={"name": "Too long."})

    # when
    response = response_to(request, answer_to(error), error)

    # then
    assert response.status_code == 422
    assert response["HX-Reswap"] == "none"
    toast = json.loads(response["HX-Trigger"])["toast"]
    assert "Not saved." in toast["message"]
    assert "Too long." in toast["message"]


def test_a_toast_survives_letters_outside_latin_and_line_breaks() -> None:
    request = RequestFactory().post("/s/clay/x", headers={"HX-Request": "true"})
    error = errors.Conflict("Żółw\r\nX-Evil: 1")

    response = response_to(request, answer_to(error), error)

    assert response["HX-Trigger"].isascii()
    assert "X-Evil" not in response.headers


def test_the_api_gets_json_with_the_fields() -> None:
    # given
    request = RequestFactory().post("/api/v1/events")
    error = errors.Invalid("Not accepted.", fields={"order.id": "is missing"})

    # when
    response = response_to(request, answer_to(error), error)

    # then
    body = json.loads(response.content)["error"]
    assert response.status_code == 422
    assert body["code"] == "invalid"
    assert body["fields"] == {"order.id": "is missing"}


def test_a_wish_to_wait_is_passed_on() -> None:
    error = errors.Temporary("busy", retry_after=12.4)

    response = response_to(RequestFactory().get("/s/clay/"), answer_to(error), error)

    assert response.status_code == 503
    assert response["Retry-After"] == "12"


def test_what_somebody_typed_into_an_address_is_escaped() -> None:
    error = errors.NotFound("<script>alert(1)</script>")

    response = response_to(RequestFactory().get("/x"), answer_to(error), error)

    assert b"<script>alert" not in response.content


@override_settings(DEBUG=True)
def test_under_debug_a_bug_is_left_to_the_technical_page() -> None:
    pages = ErrorPages(lambda _request: HttpResponse())
    request = RequestFactory().get("/x")

    assert pages.process_exception(request, KeyError("bug")) is None
    answered = pages.process_exception(request, errors.NotFound("gone"))
    assert answered is not None
    assert answered.status_code == 404


def _raises(_request: object) -> HttpResponse:
    raise errors.Conflict("Ines was faster.")


urlpatterns = [path("raises", _raises), path("", include("shopbell.web.urls"))]
handler404 = "shopbell.web.errors.not_found"


@override_settings(ROOT_URLCONF="tests.web.test_errors")
def test_a_view_that_raises_is_answered_with_a_page() -> None:
    response = Client().get("/raises")

    assert response.status_code == 409
    assert "Ines was faster." in response.content.decode()


@override_settings(ROOT_URLCONF="tests.web.test_errors")
def test_an_address_nobody_answers_gets_our_page() -> None:
    response = Client().get("/no/such/page")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()
