"""When somebody who never objected last ordered by the address of their card."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0001_segments"),
    ]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="bought_at",
            field=models.DateTimeField(null=True),
        ),
    ]
