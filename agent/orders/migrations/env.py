"""Run by Alembic: migrates the connection that `agent.orders.schema` hands over."""

from alembic import context

from agent.orders.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite cannot alter constraints in place: later migrations rebuild the table.
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
