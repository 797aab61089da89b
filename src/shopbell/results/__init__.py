"""What came of messages: delivered, read, clicked, answered, ordered, left, and what they cost.

An order counts for one message at most, by rules that stand on the page. Numbers are kept by day
of sending, so that a page over a year is quick. A newcomer's mistake: adding to a number when
something happens. A day is counted anew from the rows, so it cannot drift away from them.
"""
