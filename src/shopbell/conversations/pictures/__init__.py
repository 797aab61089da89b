"""Pictures in mails that lie somewhere else: blocked, counted, and fetched by us if wanted.

`finding` sees them in a mail's HTML, `trackers` knows those that only report, `addresses` signs who
may load which one for some minutes, `fetching` gets, repaints and keeps them for some days. The
sender learns that this shop's server asked, and nothing of who read, where and when else.
A newcomer's mistake: letting the browser load one. It would tell all of that, each time.
"""
