"""Tables are made by their owner alone."""


class OwnerMigrates:
    """`migrate --database owner`; the application's role could not create a table anyway."""

    def allow_migrate(self, db, app_label, **hints):
        return db == "owner"
