"""What signs somebody up by phone: the code of a chat message, the number that was typed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_faces"),
        ("customers", "0005_marks"),
        ("signups", "0002_what_a_checkout_tells"),
    ]

    operations = [
        migrations.AddField(
            model_name="signup",
            name="code",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
        migrations.AddField(
            model_name="signup",
            name="phone",
            field=models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(
                condition=models.Q(("phone", ""), _negated=True),
                fields=["store", "phone", "-created_at"],
                name="signup_phone",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code", ""), _negated=True),
                fields=("store", "code"),
                name="signup_code_once",
            ),
        ),
    ]
