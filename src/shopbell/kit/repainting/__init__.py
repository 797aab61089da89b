"""Pictures of strangers, painted anew in a killable child: what comes out is written by us.

`Repainters().repaint(content)` gives a PNG or JPEG without anything but its pixels, of a bounded
size, or says why there is none. A newcomer's mistake: decoding in this process. A decoder is the
most attacked code there is, and a small file can hold a picture of a hundred gigabytes.
"""

from shopbell.kit.repainting.pool import Refused, Repainted, Repainters

__all__ = ["Refused", "Repainted", "Repainters"]
