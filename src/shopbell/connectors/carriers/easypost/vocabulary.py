"""EasyPost's words in ours: `status`, `status_detail` and carrier names.

Source: https://docs.easypost.com/docs/trackers. `status_detail` refines or overrides `status`.
"""

from shopbell.orders.ports import ShipmentStatus, SubStatus

STATUSES = {
    "unknown": (ShipmentStatus.PENDING, SubStatus.NONE),
    "pre_transit": (ShipmentStatus.INFO_RECEIVED, SubStatus.NONE),
    "in_transit": (ShipmentStatus.IN_TRANSIT, SubStatus.NONE),
    "out_for_delivery": (ShipmentStatus.OUT_FOR_DELIVERY, SubStatus.NONE),
    "delivered": (ShipmentStatus.DELIVERED, SubStatus.NONE),
    "available_for_pickup": (ShipmentStatus.AVAILABLE_FOR_PICKUP, SubStatus.NONE),
    "return_to_sender": (ShipmentStatus.EXCEPTION, SubStatus.RETURNING),
    "failure": (ShipmentStatus.EXCEPTION, SubStatus.NONE),
    "cancelled": (ShipmentStatus.EXCEPTION, SubStatus.NONE),
    "error": (ShipmentStatus.EXCEPTION, SubStatus.NONE),
}

# None as status keeps the status of the scan.
DETAILS: dict[str, tuple[ShipmentStatus | None, SubStatus]] = {
    "address_correction": (None, SubStatus.WRONG_ADDRESS),
    "arrived_at_pickup_location": (ShipmentStatus.AVAILABLE_FOR_PICKUP, SubStatus.NONE),
    "damaged": (ShipmentStatus.EXCEPTION, SubStatus.DAMAGED),
    "delayed": (None, SubStatus.DELAYED),
    "delivery_exception": (ShipmentStatus.ATTEMPT_FAIL, SubStatus.NONE),
    "expired": (ShipmentStatus.EXPIRED, SubStatus.NONE),
    "label_created": (ShipmentStatus.INFO_RECEIVED, SubStatus.NONE),
    "lost": (ShipmentStatus.EXCEPTION, SubStatus.LOST),
    "missorted": (None, SubStatus.DELAYED),
    "out_for_delivery": (ShipmentStatus.OUT_FOR_DELIVERY, SubStatus.NONE),
    "refused": (ShipmentStatus.EXCEPTION, SubStatus.REFUSED),
    "return": (ShipmentStatus.EXCEPTION, SubStatus.RETURNING),
    "transit_exception": (ShipmentStatus.EXCEPTION, SubStatus.NONE),
    "weather_delay": (None, SubStatus.WEATHER),
}

# Our carrier keys where EasyPost's name is not a spelling of them.
CARRIER_NAMES = {
    "DHLExpress": "dhl-express",
    "DHLPaket": "dhl",
    "DhlEcs": "dhl-ecommerce",
    "DhlEcommerceAsia": "dhl-ecommerce",
    "DPDUK": "dpd-uk",
    "FedExSmartPost": "fedex",
    "AmazonMws": "amazon",
    "AmazonShipping": "amazon",
    "AusPost": "australia-post",
    "OntracV3": "ontrac",
    "UPSDAP": "ups",
    "UPSMailInnovations": "ups",
    "LaserShipV2": "ontrac",
}
