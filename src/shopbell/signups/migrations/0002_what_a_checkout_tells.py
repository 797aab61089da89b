"""The country a form is for, and what a checkout told of a sign-up."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signups", "0001_forms"),
    ]

    operations = [
        migrations.AddField(
            model_name="signup",
            name="told",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="signupform",
            name="country",
            field=models.CharField(blank=True, db_default="", default="", max_length=2),
        ),
    ]
