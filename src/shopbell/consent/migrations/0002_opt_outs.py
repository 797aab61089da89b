"""Two more reasons for a block: what the customer answered, and what a person is to decide."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Only the choices change; no row is touched."""

    dependencies = [("consent", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="suppression",
            name="reason",
            field=models.CharField(
                choices=[
                    ("hard_bounce", "The address does not exist"),
                    ("soft_bounces", "Refused several times in a row"),
                    ("complaint", "Reported as spam"),
                    ("unsubscribed", "Unsubscribed"),
                    ("manual", "Blocked by staff"),
                    ("opted_out", "Wants no messages"),
                    ("asked", "Seems to want no messages"),
                ],
                max_length=20,
            ),
        ),
    ]
