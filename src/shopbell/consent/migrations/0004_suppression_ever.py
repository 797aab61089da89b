"""Blocks are found by their address whether they stand or were lifted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_faces"),
        ("consent", "0003_topics"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(fields=["store", "address_hash"], name="suppression_ever"),
        ),
    ]
