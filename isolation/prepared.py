"""Statements of hot paths: written with the ORM, compiled once a process, planned once a connection.

Turning a query into SQL costs Django many times what running it costs, each time anew. Here the SQL is
kept, and only its values change; PostgreSQL keeps the plan as well, since it binds them itself.

The scope's tenant is a value like the others, asked for when the statement runs: while it is compiled
no tenant's id is within reach, so none can be kept in it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache
from types import SimpleNamespace
from typing import Any

from django.db import connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models.expressions import Expression
from django.db.models.query import ModelIterable, QuerySet, ValuesListIterable
from django.db.models.sql.compiler import SQLCompiler

from isolation.scope import compiling, current_tenant_id

_TENANT = "tenant_id"


class Parameter(Expression):
    """A value that is given when the statement runs. Its field says which type it has; of a text
    TextField, since a cast to `varchar(n)` would cut it without a word."""

    def __init__(self, name: str, field: models.Field):
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler, connection):
        return f"%s::{self.output_field.db_type(connection)}", [self]

    def value(self, values: dict[str, Any]) -> Any:
        return current_tenant_id() if self.name == _TENANT else values[self.name]


class Prepared:
    """`build` makes the queryset from Parameters; called with values, it answers the rows: models
    with what select_related and annotate add, or the tuples of values_list.

    `keeps_plan=False` where the best plan depends on the values, as on spans of time: PostgreSQL then
    sees them, and plans anew.
    """

    def __init__(
        self,
        build: Callable[..., QuerySet[Any]],
        *,
        keeps_plan: bool = True,
        **fields: models.Field,
    ):
        self._build, self._keeps_plan, self._fields = build, keeps_plan, fields
        self._compiler: _Compiled | None = None

    def __call__(self, **values: Any) -> list[Any]:
        if self._compiler is None:
            self._compiler = self._compile()
        return self._compiler.rows(values)

    def first(self, **values: Any) -> Any:
        """The row of a queryset that has one at most; None where it has none."""
        rows = self(**values)
        return rows[0] if rows else None

    def _compile(self) -> "_Compiled":
        parameters = {name: Parameter(name, field) for name, field in self._fields.items()}
        with compiling(Parameter(_TENANT, models.UUIDField())):
            return _Compiled(self._build(**parameters), keeps_plan=self._keeps_plan)


class _Compiled(SQLCompiler):
    """Django's compiler of one queryset after its work; each run has a copy with its values."""

    def __init__(self, queryset: QuerySet[Any], *, keeps_plan: bool):
        super().__init__(queryset.query, connections[queryset.db], queryset.db)
        self._alias = queryset.db
        self._keeps_plan = keeps_plan
        self._iterable: Any = queryset._iterable_class
        if self._iterable not in (ModelIterable, ValuesListIterable):
            raise TypeError("a prepared query gives models, or the tuples of values_list")
        self._sql, self._parameters = super().as_sql()
        self._converters = super().get_converters([s[0] for s in self.select[: self.col_count]])
        self._values: dict[str, Any] = {}

    def rows(self, values: dict[str, Any]) -> list[Any]:
        running = copy(self)  # of this thread
        running.connection, running._values = connections[self._alias], values
        asked = SimpleNamespace(
            db=self._alias,
            query=SimpleNamespace(get_compiler=lambda using: running),
            _known_related_objects={},
        )
        return list(self._iterable(asked))

    def as_sql(self, *_args, **_options):
        given = [p.value(self._values) if isinstance(p, Parameter) else p for p in self._parameters]
        return self._sql, given

    def get_converters(self, _expressions):
        return self._converters

    def execute_sql(self, *_args, **_options):
        connection = self.connection
        with server_bound_cursor(connection) if self._keeps_plan else connection.cursor() as cursor:
            cursor.execute(*self.as_sql())
            return [cursor.fetchall()]


class _Cursor(ServerBindingCursor):
    """A prepared statement is remembered like others, for who lists what was sent (tests)."""

    def _send_query_prepared(self, name, pgq, **options):
        self._query = pgq
        super()._send_query_prepared(name, pgq, **options)


@contextmanager
def server_bound_cursor(connection) -> Iterator[Any]:
    """A cursor whose statements PostgreSQL binds, so that they can be prepared."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor: Any = _Cursor(connection.connection)  # type: ignore[call-arg]
    with connection._prepare_cursor(cursor) as wrapped:
        yield wrapped


def insert(row: models.Model, *, using: str = "default") -> None:
    """Writes one new row, whose values are known here, except those that PostgreSQL makes."""
    connection = connections[using]
    sql, fields, made = _insertion(type(row))
    values = [f.get_db_prep_save(f.pre_save(row, True), connection) for f in fields]
    with server_bound_cursor(connection) as cursor:
        cursor.execute(sql, values)
    row._state.adding, row._state.db = False, connection.alias
    for name in made:  # read when somebody asks for it
        row.__dict__.pop(name, None)


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[models.Field], list[str]]:
    name = connections["default"].ops.quote_name
    fields, made = [], []
    for field in model._meta.concrete_fields:
        if field.generated or hasattr(field.db_default, "resolve_expression"):
            made.append(field.attname)
        else:
            fields.append(field)
    columns = ", ".join(name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table = name(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})", fields, made  # noqa: S608 (our own names)
