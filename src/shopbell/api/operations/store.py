"""Whose key this is."""

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.schemas.people import WhoAmI, who_am_i


@endpoint("GET", "/store", scope="", answers={200: WhoAmI}, tag="Store")
def get_store(request: ApiRequest) -> WhoAmI:
    """Say whose key this is and what it may do."""
    return who_am_i(request.auth)
