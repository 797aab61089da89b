"""The mark of a person's picture stands with the person, too. See `User.face`."""

from django.db import migrations, models

FILL = """
UPDATE accounts_user SET face = portrait.mark
FROM accounts_portrait portrait WHERE portrait.user_id = accounts_user.id
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_portraits")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="face",
            field=models.CharField(blank=True, db_default="", default="", max_length=24),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
