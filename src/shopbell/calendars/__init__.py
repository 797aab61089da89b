"""Business calendars: when people work here, and arithmetic with that time.

A calendar has a zone, slots for each weekday, public holidays of a country, days off of its own and
of a feed. A newcomer's mistake: adding hours to a local time. Ask `arithmetic`; it counts elapsed
seconds, so that an hour is an hour on the days when clocks change, too.
"""
