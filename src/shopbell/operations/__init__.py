"""Running Shopbell: the embedded database, the supervisor behind `shopbell up`, the command line.

Owns no tables. A newcomer's mistake: importing Django at the top of a module here. The supervisor
and the command line load it late, so that `shopbell --help` answers at once.
"""
