"""How often a message was sent again after a doubt is counted, where it was only marked."""

from django.db import migrations, models

FILL = "UPDATE messaging_message SET resends = 1 WHERE doubt_resent"


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="resends",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="message", name="doubt_resent"),
    ]
