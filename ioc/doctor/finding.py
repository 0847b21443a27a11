"""What a check has found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a thing stands, the worst last."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"

    @property
    def exit_code(self) -> int:
        """What a command ends with that found this."""
        return list(Status).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, and, where it is not well, why that matters and what to do about it."""

    part: str
    check: str
    status: Status
    found: str
    why: str = ""
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as it is told to programs."""
        return asdict(self)


class Findings:
    """The findings of one part of the installation."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.all: list[Finding] = []

    def ok(self, check: str, found: str) -> None:
        """Note that something is as it should be, or only a figure to know."""
        self.all.append(Finding(self.part, check, Status.OK, found))

    def warn(self, check: str, found: str, *, why: str, remedy: str) -> None:
        """Note that something works but will not for ever, or not as well as it could."""
        self.all.append(Finding(self.part, check, Status.WARNING, found, why, remedy))

    def fault(self, check: str, found: str, *, why: str, remedy: str) -> None:
        """Note that something does not work."""
        self.all.append(Finding(self.part, check, Status.FAULT, found, why, remedy))


def worst(findings: Iterable[Finding]) -> Status:
    """Return the gravest status among findings, ok where there are none."""
    return max((finding.status for finding in findings), key=list(Status).index, default=Status.OK)


def in_short(seconds: float) -> str:
    """Return a duration for people, in the largest unit of which there is at least one."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.1f}".removesuffix(".0") + " s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
