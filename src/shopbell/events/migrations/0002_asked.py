"""An index of the news that segments ask about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_faces"),
        ("events", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    (
                        "name__in",
                        (
                            "customer.did",
                            "order.cancelled",
                            "order.payment_failed",
                            "shipment.delayed",
                            "refund.issued",
                            "return.registered",
                            "return.received",
                        ),
                    )
                ),
                fields=["store", "name", "-occurred_at"],
                include=("subject_id",),
                name="event_asked",
            ),
        ),
    ]
