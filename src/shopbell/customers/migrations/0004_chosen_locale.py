from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_handles"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="chosen_locale",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
    ]
