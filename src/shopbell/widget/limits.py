"""How often a visitor may ask for each thing."""

from shopbell.web.limits import Window

SESSIONS = Window(60, 60)  # by address
STARTS = Window(6, 12 * 3600)  # new conversations, by address
MESSAGES = Window(20, 10)  # by visitor
STANDINGS = Window(20, 60)  # by address
READS = Window(240, 60)  # by visitor
FILES = Window(10, 60)  # by visitor
ADDRESSES = Window(5, 3600)  # by visitor
