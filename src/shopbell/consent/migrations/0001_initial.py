"""The tables of consent."""

import django.db.models.deletion
import django.db.models.functions.datetime
import shopbell.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsentEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=shopbell.kit.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("purpose", models.CharField(max_length=40)),
                ("channel", models.CharField(max_length=20)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("granted", "Granted"),
                            ("pending", "Asked, not confirmed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=12,
                    ),
                ),
                ("wording", models.TextField(blank=True, default="")),
                ("language", models.CharField(blank=True, default="", max_length=20)),
                ("source", models.CharField(blank=True, default="", max_length=200)),
                ("proof", models.JSONField(default=dict)),
                ("actor", models.CharField(blank=True, default="", max_length=200)),
                ("occurred_at", models.DateTimeField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consent_events",
                        to="customers.customer",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.store",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["store", "customer", "purpose", "channel", "-occurred_at", "-id"],
                        name="consent_current",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=shopbell.kit.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("medium", models.CharField(max_length=20)),
                ("address_hash", models.CharField(max_length=64)),
                ("scope", models.CharField(default="*", max_length=40)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("hard_bounce", "The address does not exist"),
                            ("soft_bounces", "Refused several times in a row"),
                            ("complaint", "Reported as spam"),
                            ("unsubscribed", "Unsubscribed"),
                            ("manual", "Blocked by staff"),
                        ],
                        max_length=20,
                    ),
                ),
                ("detail", models.CharField(blank=True, default="", max_length=500)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.store",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)),
                        fields=("store", "medium", "address_hash", "scope"),
                        name="suppression_once",
                    )
                ],
            },
        ),
    ]
