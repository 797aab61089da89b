"""Fixtures for pages of staff. Imports of the product wait until Django is set up."""

from typing import Any

import pytest


@pytest.fixture
def lark(db: None) -> Any:
    from tests.support.people import people_of

    return people_of("lark")


@pytest.fixture
def wren(db: None) -> Any:
    from tests.support.people import people_of

    return people_of("wren")


@pytest.fixture
def signed_in() -> Any:
    from tests.support.people import client_of

    return client_of
