"""The only place that talks HTTP to the outside. Two doors, never mixed up:

* `Provider` calls an address that a *merchant* configured (a shop, a carrier). Private addresses
  and loopback are fine there: a proxy or a stand-in may live on them.
* `fetch_public` fetches an address that came from *outside* (a picture in a mail, a link in a
  payload). It refuses everything that is not on the public internet.

A newcomer's mistake: handing `Provider` a URL out of a payload. Neither door reads proxy settings
or certificates from the environment, and neither keeps cookies.
"""

from shopbell.kit.http.provider import Provider
from shopbell.kit.http.public import PublicFetcher, fetch_public, is_public
from shopbell.kit.http.wire import Reply, retry_after

__all__ = ["Provider", "PublicFetcher", "Reply", "fetch_public", "is_public", "retry_after"]
