"""The tables of messaging."""

import django.db.models.deletion
import django.db.models.functions.datetime
import shopbell.kit.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "__first__"),
        ("connections", "0001_initial"),
        ("customers", "0001_initial"),
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Template",
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
                ("medium", models.CharField(max_length=20)),
                ("locale", models.CharField(max_length=20)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "kind", "medium", "locale"), name="template_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TemplateVersion",
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
                ("number", models.PositiveIntegerField()),
                ("subject", models.TextField(blank=True, default="")),
                ("preheader", models.TextField(blank=True, default="")),
                ("body", models.TextField()),
                ("text", models.TextField(blank=True, default="")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="messaging.template",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "template", "number"), name="template_version_once"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="template",
            name="current",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="messaging.templateversion",
            ),
        ),
        migrations.CreateModel(
            name="Message",
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
                ("business_key", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=60)),
                ("purpose", models.CharField(max_length=40)),
                ("medium", models.CharField(max_length=20)),
                ("media", models.JSONField(default=list)),
                ("data", models.JSONField(default=dict)),
                ("to_address", models.CharField(blank=True, default="", max_length=320)),
                ("to_name", models.CharField(blank=True, default="", max_length=200)),
                ("locale", models.CharField(blank=True, default="", max_length=20)),
                ("ignore_quiet", models.BooleanField(default=True)),
                ("origin", models.CharField(default="rule", max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "waiting"),
                            ("claimed", "sending"),
                            ("handed", "handing over"),
                            ("sent", "sent"),
                            ("delivered", "delivered"),
                            ("read", "read"),
                            ("failed", "failed"),
                            ("in_doubt", "in doubt"),
                            ("held", "held"),
                            ("skipped", "skipped"),
                            ("suppressed", "suppressed"),
                            ("expired", "expired"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=40)),
                ("reason_text", models.CharField(blank=True, default="", max_length=500)),
                ("attempts", models.PositiveSmallIntegerField(db_default=0)),
                ("failures", models.PositiveSmallIntegerField(db_default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                (
                    "due_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("not_after", models.DateTimeField(null=True)),
                ("doubt_resent", models.BooleanField(db_default=False)),
                ("message_id", models.CharField(blank=True, default="", max_length=200)),
                ("provider_id", models.CharField(blank=True, default="", max_length=200)),
                ("subject", models.TextField(blank=True, default="")),
                ("text", models.TextField(blank=True, default="")),
                ("html", models.TextField(blank=True, default="")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("handed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("clicked_at", models.DateTimeField(null=True)),
                ("click_count", models.PositiveIntegerField(db_default=0)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="connections.connection",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="messages",
                        to="customers.customer",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="messages",
                        to="orders.order",
                    ),
                ),
                (
                    "resend_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="messaging.message",
                    ),
                ),
                (
                    "shipment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="messages",
                        to="orders.shipment",
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
                (
                    "template_version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="messaging.templateversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("state__in", ["queued", "claimed", "handed", "in_doubt"])
                        ),
                        fields=["due_at"],
                        name="message_due",
                    ),
                    models.Index(fields=["store", "-created_at", "-id"], name="message_recent"),
                    models.Index(
                        condition=models.Q(("state__in", ["held", "failed", "in_doubt"])),
                        fields=["store", "state", "-created_at"],
                        name="message_person",
                    ),
                    models.Index(fields=["store", "order", "-created_at"], name="message_order"),
                    models.Index(
                        fields=["store", "customer", "-created_at"], name="message_customer"
                    ),
                    models.Index(
                        condition=models.Q(("provider_id", ""), _negated=True),
                        fields=["store", "provider_id"],
                        name="message_provider",
                    ),
                    models.Index(
                        condition=models.Q(("message_id", ""), _negated=True),
                        fields=["store", "message_id"],
                        name="message_message_id",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("store", "business_key"), name="message_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageLog",
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
                ("state", models.CharField(max_length=12)),
                ("text", models.CharField(blank=True, default="", max_length=1000)),
                ("event_id", models.CharField(blank=True, default="", max_length=200)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="log",
                        to="messaging.message",
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
                    models.Index(fields=["store", "message", "id"], name="message_log_order")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("event_id", ""), _negated=True),
                        fields=("store", "message", "event_id"),
                        name="message_log_once",
                    )
                ],
            },
        ),
    ]
