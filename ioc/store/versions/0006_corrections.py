"""Revision 0006: the SQL is in `sql/0006_corrections*.sql`."""

from ioc.store.migrate import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0006_corrections")
