# ruff: noqa: E501  (drawings are not broken over lines)
"""Our icons: 20 by 20, one stroke, drawn for Shopbell. Used as `{% icon "orders" %}`.

An icon never carries meaning alone: there is always a word beside it, or a label on the button.
"""

from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

ICONS: dict[str, str] = {
    "bell": "M4.5 14.500c0-5 2-8.3 5.5-8.300s5.5 3.3 5.5 8.300zM3 17h14M10 6V3.5",
    "home": "M3 9.5 10 3.500l7 6V16a1 1 0 0 1-1 1h-3.500v-5h-5v5H4a1 1 0 0 1-1-1z",
    "inbox": "M3 11.5 5.2 4h9.600L17 11.500V16H3zM3 11.500h4.200l1 2h3.600l1-2H17",
    "orders": "M4.5 7h11l.8 10H3.700zM7 9V6a3 3 0 0 1 6 0v3",
    "parcel": "M3 6.5 10 3l7 3.500v7L10 17l-7-3.500zM3 6.500l7 3.5 7-3.500M10 10v7M6.5 4.800l7 3.5",
    "truck": "M2.5 5h9v9h-9zM11.5 8h3.300l2.7 3v3h-6M5.5 16a1.5 1.5 0 1 0 0-.1M14 16a1.5 1.5 0 1 0 0-.1",
    "customers": "M7.5 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2 16.500c.3-3 2.4-4.5 5.5-4.500s5.2 1.5 5.5 4.5"
    "M13 4a2.7 2.7 0 0 1 0 5M15.2 12.300c1.7.7 2.6 2.2 2.8 4.2",
    "person": "M10 9.500a3.2 3.2 0 1 0 0-6.5 3.2 3.2 0 0 0 0 6.500M4 17c.4-3.3 2.6-5 6-5s5.6 1.7 6 5",
    "messages": "M3 4.500h14v9.500H9l-3.5 3v-3H3zM6.5 8h7M6.5 11h4.5",
    "mail": "M3 5h14v10.500H3zM3 5.500l7 5.5 7-5.5",
    "chat": "M10 3.500c4 0 7 2.5 7 5.700S14 15 10 15c-.8 0-1.5-.1-2.2-.3L4 16.500l.7-3.300C3.6 12.2 3 10.8 3 9.200c0-3.2 3-5.7 7-5.7",
    "phone": "M6.5 3 8.5 7 6.7 8.600c.8 2 2.3 3.7 4.5 4.800l1.8-1.9 4 2-.6 3.200C9.5 17.7 2.8 11 3.3 3.600z",
    "sms": "M6 2.500h8a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1M8.5 15h3",
    "notifications": "M10 3a4.5 4.5 0 0 0-4.5 4.500c0 4-1.5 5-2 6h13c-.5-1-2-2-2-6A4.5 4.5 0 0 0 10 3M8.3 16.200a1.8 1.8 0 0 0 3.4 0",
    "journeys": "M4.5 6.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4M15.5 17.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4M6.5 4.500h6a2.7 2.7 0 0 1 0 5.500h-5a2.7 2.7 0 0 0 0 5.500h6",
    "campaign": "M3 8v4h3l8 4V4L6 8zM6 12v4h2.500v-3M16.5 8.200c.8.9.8 2.7 0 3.6",
    "segments": "M10 10V3a7 7 0 1 0 7 7zM12.8 2.800a7 7 0 0 1 4.3 4.300l-4.3.1z",
    "templates": "M3.5 3.500h13v4h-13zM3.5 10.500h6v6h-6zM12.5 10.500h4v6h-4z",
    "reports": "M3 17h14M5 14V9M8.5 14V5M12 14v-3.500M15.5 14V7",
    "help": "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M7.9 8c.1-1.2 1-2 2.2-2s2.1.8 2.1 1.900c0 1.6-2.1 1.7-2.1 3.300M10 13.700v.1",
    "settings": "M3 6h7M14 6h3M12 4v4M3 14h3M10 14h7M8 12v4",
    "connections": "M8 12 12 8M9 5.500l1.8-1.800a3.6 3.6 0 0 1 5.1 5.100L14 10.700M11 14.500l-1.8 1.800a3.6 3.6 0 0 1-5.1-5.100L6 9.3",
    "shop": "M3.5 8 5 3.500h10L16.5 8c0 1.2-1 2-2.2 2s-2.1-.8-2.1-2c0 1.2-1 2-2.2 2s-2.2-.8-2.2-2c0 1.2-.9 2-2.1 2s-2.2-.8-2.2-2M4.5 10v7h11v-7M8.3 17v-4h3.400v4",
    "key": "M7 13a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M10.5 9.500H17.500M15 9.500v3M12.7 9.500v2",
    "lock": "M4.5 9h11v8h-11zM7 9V6.500a3 3 0 0 1 6 0V9M10 12v2",
    "search": "M8.7 14.400a5.7 5.7 0 1 0 0-11.4 5.7 5.7 0 0 0 0 11.400M13 13l4 4",
    "plus": "M10 4v12M4 10h12",
    "check": "M4 10.5 8.2 15 16 5.5",
    "cross": "M5 5l10 10M15 5 5 15",
    "warning": "M10 3 18 16.500H2zM10 8v4M10 14.300v.1",
    "info": "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M10 9.500v4M10 6.500v.1",
    "clock": "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M10 6v4.300l2.8 1.7",
    "calendar": "M3.5 5h13v12h-13zM3.5 8.500h13M7 3v3.500M13 3v3.5",
    "copy": "M7 7h9.500v10H7zM4.5 13h-1V3H13v1.5",
    "link": "M8.5 5.500H4v10.500h10.500v-4.500M11 3.500h5.500V9M16 4l-7 7",
    "edit": "M3.5 16.500l.8-3.700L13.5 3.600l2.9 2.9-9.2 9.200zM11.5 5.600l2.9 2.9",
    "trash": "M3.5 5.500h13M7.5 5.500v-2h5v2M5 5.500l.8 11.500h8.400L15 5.500M8.5 8.500v5.500M11.5 8.500v5.5",
    "undo": "M7 4 3.5 7.5 7 11M3.5 7.500h8.200a4.3 4.3 0 0 1 0 8.600H7",
    "repeat": "M4 9.500V8a3 3 0 0 1 3-3h8.500M13 2.5 15.5 5 13 7.500M16 10.500V12a3 3 0 0 1-3 3H4.500M7 17.5 4.5 15 7 12.5",
    "filter": "M3 4.500h14l-5.5 6.500v5l-3 1.500V11z",
    "download": "M10 3v9M6 8.500l4 4 4-4M3.5 16.500h13",
    "upload": "M10 13V4M6 7.500l4-4 4 4M3.5 16.500h13",
    "eye": "M2 10c1.8-3.3 4.5-5 8-5s6.2 1.7 8 5c-1.8 3.3-4.5 5-8 5s-6.2-1.7-8-5M10 12.300a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6",
    "clip": "M14.500 9.500 9.300 14.700a3.300 3.300 0 0 1-4.700-4.700l6-6a2.200 2.200 0 0 1 3.100 3.100l-5.700 5.700a1.100 1.100 0 0 1-1.600-1.600L11.500 6.200",
    "menu": "M3 5.500h14M3 10h14M3 14.500h14",
    "more": "M4.5 10v.1M10 10v.1M15.5 10v.1",
    "left": "M12 4.5 6.5 10l5.5 5.5",
    "right": "M8 4.5 13.5 10 8 15.5",
    "down": "M4.5 8 10 13.5 15.5 8",
    "up": "M4.5 12.5 10 7l5.5 5.5",
    "updown": "M6.5 7.5 10 4l3.5 3.500M6.5 12.5 10 16l3.5-3.5",
    "pause": "M7 4.500v11M13 4.500v11",
    "play": "M6 4l9.5 6L6 16z",
    "leave": "M8 3.500H3.500v13H8M12.5 6.5 16 10l-3.5 3.500M16 10H7.5",
    "code": "M7 5.5 2.5 10 7 14.500M13 5.500l4.5 4.5-4.5 4.500M11 4l-2 12",
    "star": "M10 3l2.1 4.6 5 .6-3.7 3.4 1 4.900L10 14l-4.4 2.5 1-4.900L2.9 8.200l5-.6z",
    "return": "M4 4v6h6M4.5 9.500A6.3 6.3 0 1 1 4.8 13",
    "keyboard": "M2.5 5.500h15v9h-15zM5.5 8.500v.1M8.5 8.500v.1M11.5 8.500v.1M14.5 8.500v.1M6.5 11.700h7",
}


@lru_cache(2_000)
def icon_svg(name: str, size: str = "", label: str = "") -> SafeString:
    """Return the drawing. Without a `label` it is hidden from screen readers.

    Raises:
        KeyError: there is no such icon; the name is a programming error.
    """
    classes = f"icon {size}".strip()
    spoken = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    return format_html(
        '<svg class="{}" viewBox="0 0 20 20" width="18" height="18" {}><path d="{}"/></svg>',
        classes,
        spoken,
        ICONS[name],
    )
