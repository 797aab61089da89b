"""The OpenAPI document is whole, public, and what the reference page speaks of."""

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from shopbell.accounts.actions import API_SCOPES
from shopbell.api.document import document
from shopbell.kit.ids import token

if TYPE_CHECKING:
    from tests.support.web import WebProcess

pytestmark = pytest.mark.usefixtures("operations")
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"


@pytest.fixture
def operations() -> None:
    """Declare all operations, as the first request does."""
    import_module("shopbell.api.urls")


def test_anybody_can_read_it() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    told = answer.json()
    assert told["openapi"].startswith("3.1")
    assert "/api/v1/events" in told["paths"]


def test_every_reference_inside_it_leads_somewhere() -> None:
    text = str(document())
    known = document()["components"]["schemas"]
    found = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert found
    assert found <= set(known)
    assert "x-scope" not in text


def test_bodies_are_described_field_by_field() -> None:
    post = document()["paths"]["/api/v1/orders"]["post"]
    place = post["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    fields = document()["components"]["schemas"][place.rsplit("/", 1)[1]]["properties"]
    assert {"id", "lines", "customer", "updated_at"} <= set(fields)
    assert post["security"] == [{"Bearer": ["orders:write"]}]


def test_the_reference_speaks_of_every_operation_and_scope() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for path, methods in document()["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in text, f"{method.upper()} {path}"
    for scope in API_SCOPES:
        assert f"`{scope}`" in text, scope


@pytest.mark.usefixtures("committed_db")
def test_every_example_of_the_reference_is_accepted(web: "WebProcess") -> None:
    from tests.api.callers import make_caller

    caller = make_caller(f"docs-{token(4).lower().strip('_-')}")
    examples = re.findall(
        r"```json (POST) (\S+)\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL
    )
    assert len(examples) >= 6
    headers = {"authorization": f"Bearer {caller.key}", "content-type": "application/json"}
    for method, path, body in examples:
        answer = web.ask(method, path, body.encode(), headers)
        assert answer.status in (200, 201, 202), (path, answer.body)
