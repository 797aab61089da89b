"""The tables of sign-ups."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import shopbell.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0003_faces"),
        ("customers", "0003_handles"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignupForm",
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
                ("slug", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=120)),
                ("purpose", models.CharField(default="marketing", max_length=40)),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20)
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=5)
                    ),
                ),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list
                    ),
                ),
                ("texts", models.JSONField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("asks_by_mail", models.BooleanField(default=True)),
                ("is_open", models.BooleanField(default=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "changed_at",
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
            },
        ),
        migrations.CreateModel(
            name="Signup",
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
                ("client_id", models.UUIDField()),
                ("email", models.CharField(blank=True, default="", max_length=320)),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list
                    ),
                ),
                (
                    "offered",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list
                    ),
                ),
                ("language", models.CharField(max_length=5)),
                ("wording", models.TextField(blank=True, default="")),
                ("version", models.PositiveIntegerField()),
                ("page", models.CharField(blank=True, default="", max_length=1000)),
                ("remote", models.CharField(blank=True, default="", max_length=60)),
                ("network", models.CharField(max_length=32)),
                ("digest", models.CharField(max_length=32)),
                ("has_mail", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signups",
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
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signups",
                        to="signups.signupform",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="signupform",
            constraint=models.UniqueConstraint(fields=("store", "slug"), name="signup_form_once"),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(fields=["store", "form", "-created_at"], name="signup_form"),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(fields=["store", "network", "-created_at"], name="signup_network"),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(fields=["store", "digest", "-created_at"], name="signup_digest"),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.UniqueConstraint(
                fields=("store", "client_id"), name="signup_sent_once"
            ),
        ),
    ]
