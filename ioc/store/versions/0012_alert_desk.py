"""Revision 0012: the SQL is in `sql/0012_alert_desk*.sql`."""

from ioc.store.migrate import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0012_alert_desk")
