"""What `shopbell apply` is given for a store with a mailbox on loopback."""

ORGANISATION = """
[organisation]
name = "Lark"

[[store]]
slug = "lark"
name = "Lark"
"""
_INBOX = """
[[store.inbox]]
slug = "{slug}"
channel = "mailbox"
address = "{slug}@lark.example"

[store.inbox.settings]
imap_host = "127.0.0.1"
imap_port = {port}
imap_security = "none"
imap_user = "hello"
imap_password = "secret"
smtp_host = "127.0.0.1"
smtp_port = 9
smtp_security = "none"
smtp_user = ""
smtp_password = ""
"""


def with_mailboxes(**ports: int) -> str:
    """Return a store with a mailbox for each name, read from the IMAP server at its port."""
    return ORGANISATION + "".join(
        _INBOX.format(slug=slug, port=port) for slug, port in ports.items()
    )
