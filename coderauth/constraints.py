"""Rules for rows that the database enforces: their expressions, and how migrations add them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Expression, Func, Q, TextField
from django.db.models.functions import Length
from django.db.models.lookups import Exact

SHOWN = 5


class JsonKind(Func):
    """The type of a JSON value, such as `array` or `object`, in both databases."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_TYPE", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_TYPEOF", **context)


def is_list(field: str) -> Expression:
    return Exact(JsonKind(field), "array")


def is_map(field: str) -> Expression:
    return Exact(JsonKind(field), "object")


def has_length(field: str, length: int) -> Expression:
    """Require a length: of a text in characters, of a binary value in bytes."""
    return Exact(Length(field), length)


def holds(name: str, condition: Q | Expression, rule: str) -> CheckConstraint:
    """Return a constraint; `rule` is the sentence that people read when a row breaks it."""
    return CheckConstraint(name=name, condition=condition, violation_error_message=rule)


class AddChecks(Operation):
    """Add check constraints to a model.

    Rows that break one end the migration with a sentence that names them, instead of an error of
    the database. SQLite rebuilds a table to add a constraint: once for all of them, and with its
    triggers, which Django forgets.
    """

    reduces_to_sql = True

    def __init__(self, model_name: str, constraints: Sequence[CheckConstraint]) -> None:
        self.model_name = model_name
        self.constraints = list(constraints)

    def describe(self) -> str:
        return f"Hold rules for rows of {self.model_name}"

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for constraint in self.constraints:
            state.add_constraint(app_label, self.model_name.lower(), constraint)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        for constraint in self.constraints:
            _refuse_rows(model, constraint, schema_editor.connection.alias)
        if schema_editor.connection.vendor == "postgresql":
            # PostgreSQL alters no table with pending triggers.
            schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for constraint in self._each_rebuild(schema_editor):
            with _triggers_kept(schema_editor, model):
                schema_editor.add_constraint(model, constraint)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        for constraint in self._each_rebuild(schema_editor):
            with _triggers_kept(schema_editor, model):
                schema_editor.remove_constraint(model, constraint)

    def _each_rebuild(self, schema_editor: BaseDatabaseSchemaEditor) -> list[CheckConstraint]:
        # One rebuild brings the table to all that the model of the state says.
        once = schema_editor.connection.vendor == "sqlite"
        return self.constraints[:1] if once else self.constraints


class RowsBreakARule(CommandError):
    """A migration cannot go on: somebody must decide what happens to some rows.

    Commands end with its sentence and without a traceback.
    """


def _refuse_rows(model: type[models.Model], constraint: CheckConstraint, alias: str) -> None:
    rows = model._default_manager.using(alias).filter(~Q(constraint.condition))
    keys = [str(key) for key in rows.values_list("pk", flat=True)[: SHOWN + 1]]
    if keys:
        more = ", …" if len(keys) > SHOWN else ""
        raise RowsBreakARule(
            f"{model._meta.db_table} has rows that break a rule: "
            f"{constraint.violation_error_message} Correct or delete them "
            f"({model._meta.pk.column}: {', '.join(keys[:SHOWN])}{more}) and migrate again. "
            "Until then, the earlier version still works with this database."
        )


@contextmanager
def _triggers_kept(
    schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]
) -> Iterator[None]:
    connection, triggers = schema_editor.connection, []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
                [model._meta.db_table],
            )
            triggers = [statement for (statement,) in cursor.fetchall()]
    yield
    for statement in triggers:
        schema_editor.execute(statement)
