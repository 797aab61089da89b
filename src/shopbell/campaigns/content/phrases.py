"""The few words blocks bring along, by language. Unknown languages read English.

A newcomer's mistake: saying "3 days left" in a mail, which is read days later. What is said is true
whenever it is read: the end itself, and how much was left when it was sent.
"""

_PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "valid_until": "Valid until",
        "ends": "Until",
        "left": "When we sent this, there were {left} left.",
        "days": "days",
        "hours": "hours",
        "minutes": "minutes",
        "minute": "minute",
        "over": "This is over.",
        "see": "Take a look",
        "code": "Code",
        "order": "Order",
    },
    "de": {
        "valid_until": "Gültig bis",
        "ends": "Bis",
        "left": "Als wir das geschickt haben, waren es noch {left}.",
        "days": "Tage",
        "hours": "Stunden",
        "minutes": "Minuten",
        "minute": "Minute",
        "over": "Das ist vorbei.",
        "see": "Ansehen",
        "code": "Code",
        "order": "Bestellung",
    },
}


def phrases(locale: str) -> dict[str, str]:
    """Return the phrases of a locale such as `de-AT`."""
    return _PHRASES.get(locale.replace("_", "-").split("-")[0].lower(), _PHRASES["en"])


def day_and_hour(iso: str) -> str:
    """Return Liquid that prints a moment in the language and zone of whoever reads it."""
    return f"{{{{ '{iso}' | date: 'weekday_day' }}}}, {{{{ '{iso}' | date: 'time' }}}}"


def time_left(epoch: int, words: dict[str, str], said: str, over: str) -> str:
    """Return Liquid that says what is left until a moment when it is sent, or that it is over."""
    minutes = (
        "{% assign cd_n = cd_left | divided_by: 60 | at_least: 1 %}{{ cd_n }} "
        f"{{% if cd_n == 1 %}}{words['minute']}{{% else %}}{words['minutes']}{{% endif %}}"
    )
    left = (
        f"{{% if cd_left >= 172800 %}}{{{{ cd_left | divided_by: 86400 }}}} {words['days']}"
        f"{{% elsif cd_left >= 7200 %}}{{{{ cd_left | divided_by: 3600 }}}} {words['hours']}"
        f"{{% else %}}{minutes}{{% endif %}}"
    )
    return (
        "{% assign cd_now = 'now' | date: '%s' | plus: 0 %}"
        f"{{% assign cd_left = {epoch} | minus: cd_now %}}"
        f"{{% if cd_left > 0 %}}{said} {words['left'].format(left=left)}"
        f"{{% else %}}{over}{{% endif %}}"
    )
