"""Revision 0005: the SQL is in `sql/0005_index_events_by_time*.sql`."""

from ioc.store.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0005_index_events_by_time")
