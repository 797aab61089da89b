"""The demo plays in the worker. Without a demo store this is one small query every 20 seconds."""

from shopbell.demo.player import TICK, Player
from shopbell.events.pump import Pump, register

PLAYER = Player()
register(Pump(name="demo", run=PLAYER.tick, interval=TICK, at_end=PLAYER.end))
