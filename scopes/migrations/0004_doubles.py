"""Leave one object an id where a workspace and a dormant one share it.

One owner's two are one that went to sleep: it stays dormant, as `authcheck` has judged it. Of two
owners' the first to register it keeps it; the other was a stranger's claim on somebody's id.
"""

from django.db import migrations


def forget_doubles(apps, schema_editor):
    rows = apps.get_model("scopes", "RegisteredObject").objects.using(schema_editor.connection.alias)
    asleep = rows.filter(type="workspace_dormant")
    awake = {
        row.object_id: row
        for row in rows.filter(type="workspace", object_id__in=asleep.values("object_id"))
    }
    for dormant in asleep.filter(object_id__in=awake):
        row = awake[dormant.object_id]
        same = (row.owner_id, row.organization_id) == (dormant.owner_id, dormant.organization_id)
        loser = row if same or dormant.created_at < row.created_at else dormant
        loser.delete()


class Migration(migrations.Migration):
    # Apart from the change of the table: PostgreSQL alters none whose rows have just been deleted.
    dependencies = [("scopes", "0003_key_tokens")]
    operations = [migrations.RunPython(forget_doubles, migrations.RunPython.noop)]
