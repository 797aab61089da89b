"""The tables of connections."""

import django.db.models.deletion
import django.db.models.functions.datetime
import shopbell.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Connection",
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
                ("family", models.CharField(max_length=10)),
                ("connector", models.CharField(max_length=40)),
                ("slug", models.SlugField(max_length=60)),
                ("name", models.CharField(blank=True, default="", max_length=120)),
                ("address", models.CharField(blank=True, default="", max_length=320)),
                ("settings", models.JSONField(default=dict)),
                ("secrets", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "Not tried yet"),
                            ("ok", "Working"),
                            ("trouble", "Trouble"),
                            ("off", "Switched off"),
                            ("removed", "Removed by the shop"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("state_detail", models.TextField(blank=True, default="")),
                ("state_at", models.DateTimeField(blank=True, null=True)),
                ("last_heard_at", models.DateTimeField(blank=True, null=True)),
                ("refused_count", models.PositiveIntegerField(default=0)),
                ("refused_at", models.DateTimeField(blank=True, null=True)),
                ("sync", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
                        fields=("store", "connector", "slug"), name="connection_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Intake",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=120)),
                ("provider_id", models.CharField(max_length=200)),
                ("topic", models.CharField(max_length=120)),
                ("body", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("done", "Understood"),
                            ("unused", "Known, not used"),
                            ("quarantined", "Needs a person"),
                            ("dropped", "Dropped by a person"),
                        ],
                        db_default="pending",
                        max_length=12,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(db_default=0)),
                (
                    "due_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                ("note", models.TextField(db_default="")),
                ("sort_at", models.DateTimeField(null=True)),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("processed_at", models.DateTimeField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="connections.connection",
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
                        condition=models.Q(("state", "pending")),
                        fields=["due_at"],
                        name="intake_pending",
                    ),
                    models.Index(
                        condition=models.Q(("state", "quarantined")),
                        fields=["store", "-received_at"],
                        name="intake_quarantine",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "source", "provider_id"), name="intake_once"
                    )
                ],
            },
        ),
    ]
