"""Migration operations that build the walls in PostgreSQL."""

from django.db.migrations.operations.base import Operation

# `nullif`: once a transaction-local setting has ended its value is '', which is no UUID.
SCOPE = "nullif(current_setting('visio.tenant', true), '')::uuid"


class _Sql(Operation):
    """An operation made of SQL for one model's table."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label, state):
        pass

    def run(self, schema_editor, statements):
        for statement in statements:
            schema_editor.execute(statement)

    def table(self, app_label, state, model):
        return state.apps.get_model(app_label, model)._meta.db_table


class ProtectTenantRows(_Sql):
    """Row-level security: a row is seen and written in its own tenant's scope only.

    FORCE is left out on purpose: it would make the owner's data migrations silently update
    nothing, and the application's role owns no table.
    """

    def __init__(self, model: str):
        self.model = model

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = self.table(app_label, to_state, self.model)
        self.run(
            schema_editor,
            [
                f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
                f'CREATE POLICY tenant_wall ON "{table}" '
                f"USING (tenant_id = {SCOPE}) WITH CHECK (tenant_id = {SCOPE})",
            ],
        )
        if self._has_id(app_label, to_state):
            constraint = f'"{table}_tenant_id_id" UNIQUE (tenant_id, id)'
            self.run(schema_editor, [f'ALTER TABLE "{table}" ADD CONSTRAINT {constraint}'])

    def _has_id(self, app_label, state) -> bool:
        """Whether rows are named by an id; a key of several columns begins with the tenant itself."""
        return state.apps.get_model(app_label, self.model)._meta.pk.name == "id"

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = self.table(app_label, from_state, self.model)
        if self._has_id(app_label, from_state):
            constraint = f'"{table}_tenant_id_id"'
            self.run(schema_editor, [f'ALTER TABLE "{table}" DROP CONSTRAINT {constraint}'])
        self.run(
            schema_editor,
            [
                f'DROP POLICY tenant_wall ON "{table}"',
                f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
            ],
        )

    def describe(self):
        return f"Protect the rows of {self.model} by tenant"


class ReferTo(_Sql):
    """A foreign key on (tenant_id, field): foreign keys ignore row-level security, so a plain one
    would accept a reference into another tenant."""

    def __init__(self, model: str, field: str, target: str, on_delete: str = "NO ACTION"):
        self.model, self.field, self.target, self.on_delete = model, field, target, on_delete

    def _name(self, table):
        return f"{table}_{self.field}_same_tenant"

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = self.table(app_label, to_state, self.model)
        target = to_state.apps.get_model(self.target)._meta.db_table
        column = to_state.apps.get_model(app_label, self.model)._meta.get_field(self.field).column
        self.run(
            schema_editor,
            [
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{self._name(table)}" '
                f'FOREIGN KEY (tenant_id, "{column}") REFERENCES "{target}" (tenant_id, id) '
                f"ON DELETE {self.on_delete} DEFERRABLE INITIALLY DEFERRED"
            ],
        )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = self.table(app_label, from_state, self.model)
        self.run(schema_editor, [f'ALTER TABLE "{table}" DROP CONSTRAINT "{self._name(table)}"'])

    def describe(self):
        return f"{self.model}.{self.field} refers within one tenant"


class AppendOnly(_Sql):
    """The application's role may add rows and read them, never change or remove them."""

    def __init__(self, model: str):
        self.model = model

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = self.table(app_label, to_state, self.model)
        self.run(schema_editor, [f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM visio_app'])

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = self.table(app_label, from_state, self.model)
        self.run(schema_editor, [f'GRANT UPDATE, DELETE ON "{table}" TO visio_app'])

    def describe(self):
        return f"{self.model} is append-only"
