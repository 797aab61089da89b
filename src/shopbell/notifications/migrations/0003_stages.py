"""Lists of channels for stages of customers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_waits")]

    operations = [
        migrations.AddField(
            model_name="rule",
            name="stages",
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
