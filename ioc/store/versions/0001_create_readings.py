"""Revision 0001: the SQL is in `sql/0001_create_readings*.sql`."""

from ioc.store.migrate import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0001_create_readings")
