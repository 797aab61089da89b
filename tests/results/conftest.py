"""A shop whose customers go through journeys, as in the tests of journeys."""

from tests.journeys.conftest import shop as shop
