"""Revision 0003: the SQL is in `sql/0003_create_alerts*.sql`."""

from ioc.store.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0003_create_alerts")
