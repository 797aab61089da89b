"""The tables of orders."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import shopbell.kit.ids
import shopbell.orders.ports
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Order",
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
                ("source", models.CharField(max_length=120)),
                ("source_id", models.CharField(max_length=120)),
                ("number", models.CharField(blank=True, default="", max_length=120)),
                ("is_stub", models.BooleanField(default=False)),
                ("is_test", models.BooleanField(default=False)),
                (
                    "status",
                    models.CharField(
                        default=shopbell.orders.ports.OrderStatus["OPEN"], max_length=20
                    ),
                ),
                (
                    "payment",
                    models.CharField(
                        default=shopbell.orders.ports.PaymentStatus["UNKNOWN"], max_length=24
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, default="", max_length=200)),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("total", models.BigIntegerField(default=0)),
                ("subtotal", models.BigIntegerField(default=0)),
                ("shipping", models.BigIntegerField(default=0)),
                ("tax", models.BigIntegerField(default=0)),
                ("discount", models.BigIntegerField(default=0)),
                ("refunded", models.BigIntegerField(default=0)),
                ("email", models.CharField(blank=True, default="", max_length=320)),
                ("phone", models.CharField(blank=True, default="", max_length=40)),
                ("locale", models.CharField(blank=True, default="", max_length=20)),
                ("shipping_method", models.CharField(blank=True, default="", max_length=200)),
                ("address", models.JSONField(default=dict)),
                ("note", models.TextField(blank=True, default="")),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), default=list
                    ),
                ),
                ("status_url", models.CharField(blank=True, default="", max_length=2000)),
                ("promised_on", models.DateField(blank=True, null=True)),
                ("placed_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("edited_at", models.DateTimeField(blank=True, null=True)),
                ("source_updated_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("payload", models.JSONField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="orders",
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
                    models.Index(fields=["store", "-created_at", "-id"], name="order_recent"),
                    models.Index(
                        models.F("store"),
                        models.OrderBy(
                            django.db.models.functions.comparison.Coalesce(
                                "placed_at", "created_at"
                            ),
                            descending=True,
                        ),
                        models.OrderBy(models.F("id"), descending=True),
                        name="order_placed",
                    ),
                    models.Index(fields=["store", "number"], name="order_number"),
                    models.Index(
                        fields=["store", "customer", "-created_at"], name="order_customer"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "source", "source_id"), name="order_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Line",
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
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("source_id", models.CharField(max_length=120)),
                ("title", models.CharField(max_length=500)),
                ("variant", models.CharField(blank=True, default="", max_length=300)),
                ("sku", models.CharField(blank=True, default="", max_length=200)),
                ("quantity", models.IntegerField(default=1)),
                ("unit_price", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(default=0)),
                ("product_id", models.CharField(blank=True, default="", max_length=120)),
                ("variant_id", models.CharField(blank=True, default="", max_length=120)),
                ("image_url", models.CharField(blank=True, default="", max_length=2000)),
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
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "order", "source_id"), name="line_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PrivacyRequest",
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
                ("source", models.CharField(max_length=120)),
                ("request_id", models.CharField(max_length=160)),
                ("kind", models.CharField(max_length=20)),
                ("email", models.CharField(blank=True, default="", max_length=320)),
                ("payload", models.JSONField(blank=True, null=True)),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("due_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "source", "kind", "request_id"), name="privacy_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
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
                ("source", models.CharField(max_length=120)),
                ("source_id", models.CharField(max_length=120)),
                ("title", models.CharField(blank=True, default="", max_length=500)),
                ("url", models.CharField(blank=True, default="", max_length=2000)),
                ("image_url", models.CharField(blank=True, default="", max_length=2000)),
                ("product_type", models.CharField(blank=True, default="", max_length=200)),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("active", models.BooleanField(default=True)),
                ("variants", models.JSONField(default=list)),
                ("source_updated_at", models.DateTimeField(blank=True, null=True)),
                ("payload", models.JSONField(blank=True, null=True)),
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
                        fields=("store", "source", "source_id"), name="product_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
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
                ("source_id", models.CharField(max_length=120)),
                ("amount", models.BigIntegerField(default=0)),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("refunded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refunds",
                        to="orders.order",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "order", "source_id"), name="refund_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Return",
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
                ("source_id", models.CharField(max_length=120)),
                ("name", models.CharField(blank=True, default="", max_length=120)),
                (
                    "status",
                    models.CharField(
                        default=shopbell.orders.ports.ReturnStatus["REQUESTED"], max_length=20
                    ),
                ),
                ("items", models.JSONField(default=list)),
                ("source_updated_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="returns",
                        to="orders.order",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "order", "source_id"), name="return_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Shipment",
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
                ("source", models.CharField(max_length=120)),
                ("source_id", models.CharField(max_length=160)),
                ("tracking_number", models.CharField(blank=True, default="", max_length=120)),
                ("tracking_url", models.CharField(blank=True, default="", max_length=2000)),
                ("carrier", models.CharField(blank=True, default="", max_length=120)),
                (
                    "status",
                    models.CharField(
                        default=shopbell.orders.ports.ShipmentStatus["PENDING"], max_length=24
                    ),
                ),
                (
                    "sub_status",
                    models.CharField(
                        blank=True, default=shopbell.orders.ports.SubStatus["NONE"], max_length=24
                    ),
                ),
                ("status_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled", models.BooleanField(default=False)),
                ("dispatched_at", models.DateTimeField(blank=True, null=True)),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                ("promised_on", models.DateField(blank=True, null=True)),
                ("expected_from", models.DateTimeField(blank=True, null=True)),
                ("expected_until", models.DateTimeField(blank=True, null=True)),
                ("delay_told_until", models.DateTimeField(blank=True, null=True)),
                ("returning", models.BooleanField(default=False)),
                ("pickup_point", models.CharField(blank=True, default="", max_length=300)),
                ("items", models.JSONField(default=list)),
                ("source_updated_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("payload", models.JSONField(blank=True, null=True)),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shipments",
                        to="orders.order",
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
                    models.Index(fields=["store", "order"], name="shipment_order"),
                    models.Index(
                        condition=models.Q(("tracking_number", ""), _negated=True),
                        fields=["store", "tracking_number"],
                        name="shipment_number",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "source", "source_id"), name="shipment_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackingEvent",
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
                ("fingerprint", models.CharField(max_length=64)),
                ("status", models.CharField(max_length=24)),
                ("sub_status", models.CharField(blank=True, default="", max_length=24)),
                ("message", models.CharField(blank=True, default="", max_length=500)),
                ("location", models.CharField(blank=True, default="", max_length=200)),
                ("happened_at", models.DateTimeField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "shipment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scans",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "shipment", "fingerprint"), name="scan_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Cart",
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
                ("source", models.CharField(max_length=120)),
                ("source_id", models.CharField(max_length=120)),
                ("email", models.CharField(blank=True, default="", max_length=320)),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("total", models.BigIntegerField(default=0)),
                ("recover_url", models.CharField(blank=True, default="", max_length=2000)),
                ("lines", models.JSONField(default=list)),
                ("completed", models.BooleanField(default=False)),
                ("source_updated_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="carts",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "source", "source_id"), name="cart_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
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
                ("noun", models.CharField(max_length=20)),
                ("file_name", models.CharField(max_length=200)),
                ("content", models.BinaryField(default=bytes)),
                ("mapping", models.JSONField(default=dict)),
                ("manner", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("mapping", "Waiting for its columns"),
                            ("checking", "Being checked"),
                            ("checked", "Waiting for your word"),
                            ("importing", "Being imported"),
                            ("done", "Imported"),
                            ("stopped", "Not imported"),
                            ("failed", "Failed"),
                        ],
                        default="mapping",
                        max_length=10,
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("good", models.PositiveIntegerField(default=0)),
                ("bad", models.PositiveIntegerField(default=0)),
                ("mistakes", models.JSONField(default=list)),
                ("refused", models.BinaryField(default=bytes)),
                ("problem", models.CharField(blank=True, default="", max_length=1000)),
                ("by", models.CharField(blank=True, default="", max_length=320)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
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
                "indexes": [models.Index(fields=["store", "-created_at"], name="import_recent")],
            },
        ),
    ]
