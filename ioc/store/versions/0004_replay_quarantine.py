"""Revision 0004: the SQL is in `sql/0004_replay_quarantine*.sql`."""

from ioc.store.migrate import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0004_replay_quarantine")
