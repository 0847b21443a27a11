from datetime import timedelta

from ioc.alerts.kept_clocks import KeptClocks
from ioc.alerts.standings import Standings
from tests.support.examples import at


def test_what_is_kept_is_read_again_and_only_what_is_told_changes() -> None:
    kept = KeptClocks(Standings(), "silent")
    assert (kept.of("hydro").heard, kept.of("hydro").stopped, kept.of("hydro").stills) == (None, None, ())
    kept.keep("hydro", stopped=None, heard=at(0), stood=(at(100), timedelta(seconds=40)))
    kept.keep("hydro", stopped=at(200))
    assert (kept.of("hydro").heard, kept.of("hydro").stopped) == (at(0), at(200))
    assert kept.of("hydro").stills == ((at(100), timedelta(seconds=40)),)
    kept.keep("hydro", stopped=None)
    assert kept.of("hydro").stopped is None, "it is heard again"


def test_each_source_is_told_and_nothing_else() -> None:
    standings = Standings()
    for rule_id, source in (("silent", "hydro"), ("other", "hydro"), ("silent", "traffic")):
        KeptClocks(standings, rule_id).keep(source, stopped=at(1))
    assert sorted(name for name, _ in KeptClocks(standings, "silent").each()) == ["hydro", "hydro", "traffic"]


def test_of_standing_still_the_newest_fifty_are_kept() -> None:
    kept = KeptClocks(Standings(), "silent")
    for nth in range(60):
        kept.keep("hydro", stopped=None, stood=(at(nth), timedelta(seconds=1)))
    assert [until for until, _ in kept.of("hydro").stills] == [at(nth) for nth in range(10, 60)]
