"""Revision 0018: the SQL is in `sql/0018_reopened_alerts*.sql`."""

from ioc.store.migrate import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0018_reopened_alerts")
