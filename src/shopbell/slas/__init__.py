"""By when customers are answered: policies, the clocks of each conversation, warnings, breaches.

It also shows the set-up page of the calendars, which lie below it. A newcomer's mistake: measuring
from the last message. A clock starts once, freezes while we wait for the customer, and a move to
another team or inbox never starts it again.
"""
