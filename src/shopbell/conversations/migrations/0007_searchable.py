"""The words of each conversation in a row of its own, and the functions that look through them.

Behind row-level security PostgreSQL uses no index for `@@` and `@>` (they are not leakproof), so the
two functions look with the owner's eyes, at the store in scope only. What is there already is
written in plain SQL, near enough to `search.words`; each new entry adds to it exactly.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

import shopbell.kit.ids

_STORES = "string_to_array(nullif(current_setting('app.stores'), ''), ',')::bigint[]"
_FUNCTIONS = f"""
CREATE FUNCTION conversations_saying(wanted tsquery, most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
SET enable_seqscan = off AS $$
  SELECT conversation_id FROM public.conversations_searchable
  WHERE words @@ wanted AND store_id = ANY ({_STORES}) LIMIT most
$$;
CREATE FUNCTION conversations_tagged(wanted text, most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
SET enable_seqscan = off AS $$
  SELECT id FROM public.conversations_conversation
  WHERE tags @> ARRAY[wanted]::varchar[] AND store_id = ANY ({_STORES}) LIMIT most
$$;
"""
_FOLDED = "regexp_replace(normalize(lower({}), NFKD), '[\\u0300-\\u036f]', '', 'g')"
_FILL = f"""
INSERT INTO conversations_searchable (id, store_id, conversation_id, words)
SELECT gen_random_uuid(), said.store_id, said.id, array_to_tsvector(ARRAY(
    SELECT DISTINCT said.store_id || ':' || left(word, 60) FROM (
        SELECT regexp_split_to_table(said.words, '\\W+') AS word
        UNION SELECT regexp_split_to_table(said.words, '\\s+')
        UNION SELECT unnest(tsvector_to_array(to_tsvector(said.config, said.words)))
        UNION SELECT '~' || regexp_split_to_table(said.named, '\\W+')
    ) AS found WHERE word NOT IN ('', '~')))
FROM (
    SELECT row.store_id, row.id, {_FOLDED.format("concat_ws(' ', row.subject, min(people.named), min(bought.number), string_agg(left(concat_ws(' ', entry.subject, entry.text, entry.sender_address), 20000), ' '))")} AS words,
        {_FOLDED.format("coalesce(min(people.named), '')")} AS named,
        CASE left(row.locale, 2) WHEN 'de' THEN 'german' WHEN 'fr' THEN 'french'
            WHEN 'es' THEN 'spanish' WHEN 'it' THEN 'italian' WHEN 'nl' THEN 'dutch'
            WHEN 'pt' THEN 'portuguese' ELSE 'english' END::regconfig AS config
    FROM conversations_conversation AS row
    JOIN conversations_entry AS entry ON entry.conversation_id = row.id AND entry.kind <> 'activity'
    LEFT JOIN orders_order AS bought ON bought.id = row.order_id
    LEFT JOIN LATERAL (
        SELECT concat_ws(' ', first_name, last_name, email, phone) AS named
        FROM customers_customer WHERE id = row.customer_id
    ) AS people ON true
    GROUP BY row.id
) AS said
"""  # noqa: E501


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0006_due"),
        ("customers", "0002_browsers"),
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Searchable",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=shopbell.kit.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.store",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddConstraint(
            model_name="searchable",
            constraint=models.UniqueConstraint(
                fields=("store", "conversation"), name="searchable_once"
            ),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="searchable",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["words"], name="searchable_words"
            ),
        ),
        migrations.RunSQL(_FUNCTIONS, migrations.RunSQL.noop),
    ]
