"""AfterShip's words in ours: tags, sub-tags and courier slugs.

Source: https://www.aftership.com/docs/tracking/enum/delivery-statuses and …/delivery-sub-statuses.
A sub-tag not listed here keeps its tag's status; new ones appear every year.
"""

from shopbell.orders.ports import ShipmentStatus, SubStatus

TAGS = {
    "Pending": ShipmentStatus.PENDING,
    "InfoReceived": ShipmentStatus.INFO_RECEIVED,
    "InTransit": ShipmentStatus.IN_TRANSIT,
    "OutForDelivery": ShipmentStatus.OUT_FOR_DELIVERY,
    "AttemptFail": ShipmentStatus.ATTEMPT_FAIL,
    "AvailableForPickup": ShipmentStatus.AVAILABLE_FOR_PICKUP,
    "Delivered": ShipmentStatus.DELIVERED,
    "Exception": ShipmentStatus.EXCEPTION,
    "Expired": ShipmentStatus.EXPIRED,
}

SUBTAGS = {
    "Delivered_003": SubStatus.SIGNED,
    "Delivered_004": SubStatus.CASH_ON_DELIVERY,
    "Delivered_005": SubStatus.WITH_NEIGHBOUR,
    "InTransit_006": SubStatus.CUSTOMS,
    "AttemptFail_002": SubStatus.NOBODY_HOME,
    "AttemptFail_003": SubStatus.NOBODY_HOME,
    "Exception_002": SubStatus.WRONG_ADDRESS,
    "Exception_003": SubStatus.REFUSED,
    "Exception_004": SubStatus.CUSTOMS,
    "Exception_005": SubStatus.DELAYED,
    "Exception_007": SubStatus.WRONG_ADDRESS,
    "Exception_010": SubStatus.RETURNING,
    "Exception_011": SubStatus.RETURNED,
    "Exception_012": SubStatus.DAMAGED,
    "Exception_013": SubStatus.LOST,
    "Exception_016": SubStatus.DELAYED,
    "Exception_017": SubStatus.WEATHER,
    "Exception_018": SubStatus.CUSTOMS,
}

# Our carrier keys where AfterShip's slug is not a spelling of them.
SLUGS = {
    "dhl-germany": "dhl",
    "dhl": "dhl-express",
    "dhl-global-mail": "dhl-ecommerce",
    "dhlparcel-nl": "dhl-ecommerce",
    "deutsch-post": "deutsche-post",
    "dpd-de": "dpd",
    "hermes-de": "hermes",
    "hermes-uk": "evri",
    "myhermes-uk": "evri",
    "postnl-3s": "postnl",
    "postnl-international": "postnl",
    "la-poste-colissimo": "colissimo",
    "chronopost-france": "chronopost",
    "spain-correos-es": "correos",
    "correos-de-espana": "correos",
    "inpost-paczkomaty": "inpost",
    "china-ems": "china-post",
    "star-track": "australia-post",
}
