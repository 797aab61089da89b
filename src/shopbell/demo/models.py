"""What the simulation must not forget, and what people ask of it.

A newcomer's mistake: changing `state` from a page. It belongs to the one worker that plays; pages
leave a `Wish` and the worker answers it.
"""

from django.db import models
from django.db.models.functions import Now

from shopbell.kit.db.tenant import TenantModel


class Simulation(TenantModel):
    """The shop in motion of one demo store, as `Simulator.dump` writes it."""

    state = models.JSONField(default=dict)
    playing = models.BooleanField(default=True)
    speed = models.FloatField(default=1.0)
    opening = models.BooleanField(default=True)  # the lively first half minute
    paced_until = models.DateTimeField(null=True)  # then it slows down by itself
    simulated_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store"], name="simulation_once")]

    def __str__(self) -> str:
        return f"×{self.speed:g}" if self.playing else "paused"


class WishState(models.TextChoices):
    """What became of a wish."""

    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"


class Wish(TenantModel):
    """Something a person asked of the simulation: an order, a delay, another pace."""

    verb = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=WishState, db_default=WishState.WAITING)
    answer = models.JSONField(default=dict)
    asked_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["store", "id"], name="wish_waiting", condition=models.Q(state="waiting")
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} ({self.state})"
