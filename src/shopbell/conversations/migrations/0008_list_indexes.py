"""The list of everything has an index; the words of single entries need none any more."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("conversations", "0007_searchable")]

    operations = [
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True)),
                fields=["store", "-last_message_at", "-id"],
                name="conversation_recent",
            ),
        ),
        RemoveIndexConcurrently(model_name="entry", name="entry_search"),
    ]
