"""The tables of notifications."""

import django.db.models.deletion
import shopbell.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rule",
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
                ("kind", models.CharField(max_length=60)),
                ("enabled", models.BooleanField(default=True)),
                ("delay_minutes", models.PositiveIntegerField(default=0)),
                ("media", models.JSONField(default=list)),
                ("respect_quiet_hours", models.BooleanField(default=False)),
                ("conditions", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField(auto_now=True)),
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
                    models.UniqueConstraint(fields=("store", "kind"), name="rule_once")
                ],
            },
        ),
    ]
