"""The walls between ministries: scope, scoped managers, row-level security, the outbox."""
