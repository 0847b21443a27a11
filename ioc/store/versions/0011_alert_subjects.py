"""Revision 0011: the SQL is in `sql/0011_alert_subjects*.sql`."""

from ioc.store.migrate import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0011_alert_subjects")
