from dataclasses import replace

from ioc.domain.measure import CaseSpec, CaseStep, FactGroup, Measure


def test_a_digest_is_the_same_for_the_same_group_and_another_for_another() -> None:
    group = FactGroup(("a",), (Measure(),), type="t")
    assert group.digest() == FactGroup(("a",), (Measure(),), type="t").digest()
    assert group.digest() != replace(group, dimensions=("channel",)).digest()


def test_what_stands_is_of_no_step() -> None:
    assert FactGroup((), (), case="dossier").is_stock
    assert not FactGroup((), (), case="dossier", at="resolved").is_stock


def test_steps_are_counted_from_one() -> None:
    assert CaseSpec("c", (), (CaseStep("a", "x"), CaseStep("b", "y"))).place("b") == 2
