"""Refuse, on PostgreSQL, what went round the triggers of 0002 without anybody's meaning it.

TRUNCATE fires no trigger of rows; an UPDATE of the chain's own row could release entries to DELETE.
"""

from django.db import migrations

REFUSAL = "audit entries are append-only"
# The chain grows at its end, and lets entries go from its beginning, one that there is at a time.
ONLY_FORWARD = f"""
    IF NEW.number <> OLD.number
        OR NEW.head_sequence < OLD.head_sequence
        OR (NEW.head_sequence = OLD.head_sequence AND NEW.head_hash <> OLD.head_hash)
        OR NEW.anchor_sequence < OLD.anchor_sequence
        OR ((NEW.anchor_sequence, NEW.anchor_hash) <> (OLD.anchor_sequence, OLD.anchor_hash)
            AND NOT EXISTS (SELECT FROM audit_entry
                WHERE sequence = NEW.anchor_sequence AND hash = NEW.anchor_hash))
    THEN RAISE EXCEPTION '{REFUSAL}'; END IF;
    RETURN NEW;
"""
GUARD = [
    """CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()""",
    f"""CREATE FUNCTION audit_chain_only_forward() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN {ONLY_FORWARD} END $$""",
    """CREATE TRIGGER audit_chain_forward BEFORE UPDATE ON audit_chain
    FOR EACH ROW EXECUTE FUNCTION audit_chain_only_forward()""",
    """CREATE TRIGGER audit_chain_delete BEFORE DELETE ON audit_chain
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()""",
    """CREATE TRIGGER audit_chain_truncate BEFORE TRUNCATE ON audit_chain
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()""",
]
UNGUARD = [
    "DROP TRIGGER audit_chain_truncate ON audit_chain",
    "DROP TRIGGER audit_chain_delete ON audit_chain",
    "DROP TRIGGER audit_chain_forward ON audit_chain",
    "DROP FUNCTION audit_chain_only_forward()",
    "DROP TRIGGER audit_entry_truncate ON audit_entry",
]


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in GUARD:
            schema_editor.execute(statement)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in UNGUARD:
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("audit", "0003_row_rules")]

    operations = [migrations.RunPython(guard, unguard)]
