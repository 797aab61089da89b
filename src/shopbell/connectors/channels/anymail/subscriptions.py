"""Amazon SNS asks, before it sends anything, whether its webhooks are wanted: this says yes.

A newcomer's mistake: calling the `SubscribeURL` out of the payload. The address is built from the
topic's region instead, and only for a request that carried the right password.
"""

import json
import re
from typing import Any

from shopbell.connectors.channels.anymail.settings import AnymailSettings
from shopbell.kit.errors import Invalid
from shopbell.kit.http import Provider as Client

_TOPIC = re.compile(r"arn:aws(-cn|-us-gov)?:sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[\w.-]{1,256}")


def confirm_subscription(settings: AnymailSettings, body: bytes) -> bool:
    """Confirm if the body asks for it; returns whether it did.

    Raises:
        Invalid: the topic is not one of Amazon SNS.
        Temporary, Permanent: Amazon does not answer or refuses.
    """
    try:
        request: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(request, dict) or request.get("Type") != "SubscriptionConfirmation":
        return False
    topic = _TOPIC.fullmatch(str(request.get("TopicArn", "")))
    if topic is None:
        raise Invalid("The topic of the subscription is not one of Amazon SNS.")
    ending = "amazonaws.com.cn" if topic[1] == "-cn" else "amazonaws.com"
    url = settings.options.get("api_url") or f"https://sns.{topic[2]}.{ending}"
    client = Client(url, name="Amazon SNS")
    client.get(
        "/",
        params={
            "Action": "ConfirmSubscription",
            "TopicArn": topic[0],
            "Token": str(request.get("Token", "")),
            "AuthenticateOnUnsubscribe": "true",
        },
    )
    return True
