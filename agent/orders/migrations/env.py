"""Run by Alembic: migrates the connection that `agent.orders.schema` hands over.

The staff's views stand on the newest schema alone: they go first and come back last.
"""

from alembic import context

from agent.orders.models import Base
from agent.sql import views

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite cannot alter constraints in place: later migrations rebuild the table.
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    views.drop(connection)
    context.run_migrations()
    if context.get_context().get_current_revision() == context.get_head_revision():
        views.create(connection)
