"""Forms that carry a file, as several providers want uploads."""

import uuid
from collections.abc import Mapping

from shopbell.messaging.ports import OutgoingFile


def file_form(fields: Mapping[str, str], name: str, file: OutgoingFile) -> tuple[str, bytes]:
    """Return content type and body of a form with these fields and one file, called `name`.

    Raises:
        Invalid: the file is gone.
    """
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    known_as = "".join(sign for sign in file.name if sign.isprintable() and sign not in '"\\')
    head = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"; filename="{known_as}"\r\n'
        f"content-type: {file.content_type}\r\n\r\n"
    )
    parts += [head.encode(), file.content(), f"\r\n--{boundary}--\r\n".encode()]
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)
