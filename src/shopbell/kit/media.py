"""Files on disk: stored under a random key, never under a name from outside."""

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from shopbell.kit.errors import NotFound
from shopbell.kit.ids import uuid7


def storage() -> FileSystemStorage:
    """Return the place of the files: `media` in the data folder."""
    return FileSystemStorage(location=settings.MEDIA_ROOT, base_url=None)


def keep_file(content: bytes) -> str:
    """Store bytes and return their key (`xx/uuid`)."""
    name = str(uuid7())
    return storage().save(f"{name[-2:]}/{name}", ContentFile(content))


def file_bytes(key: str) -> bytes:
    """Return what is stored under a key.

    Raises:
        NotFound: the file is gone.
    """
    try:
        with storage().open(key) as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError:
        raise NotFound("This file is not there any more.") from None


def is_kept(key: str) -> bool:
    """Return whether there is a file under a key."""
    return storage().exists(key)


def drop_file(key: str) -> None:
    """Throw a file away; one that is gone already is no trouble."""
    storage().delete(key)
