"""What operators can do with an alert: what each command has to say, and when doing it again means the same. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ioc.domain.clock import rfc3339
from ioc.domain.live import AlertView
from ioc.errors import BadInput

_WORDS_MAX = 2000
CloseReason = Literal["resolved", "false_alarm", "duplicate", "exercise", "other"]


def storable(text: str) -> str:
    """Return `text` as PostgreSQL can keep it, which knows no NUL."""
    return text.replace("\0", "�")


Words = Annotated[str, Field(max_length=_WORDS_MAX), AfterValidator(storable)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(storable)]


class Told(BaseModel):
    """A command to an alert; `comment` says why."""

    model_config = ConfigDict(extra="forbid")
    comment: Words | None = None

    @property
    def seen(self) -> int | None:
        """The version that the operator saw, None where that does not matter."""
        return None

    def detail(self, now: datetime, longest: timedelta) -> dict[str, Any] | None:
        """Return what the command says beside its comment; BadInput where that cannot be at `now`. `longest` is how long an alert may be shelved."""
        _ = now, longest
        return None

    def is_done(self, alert: AlertView, actor: str | None) -> bool:
        """Return whether `alert` stands as the command wants it, by `actor` where the alert names who did so; None: by whomever."""
        raise NotImplementedError


class Versioned(Told):
    """A command that is carried out only while the alert is of the version that its operator saw."""

    if_version: int = Field(ge=1, le=2**31 - 1)

    @property
    def seen(self) -> int | None:
        """The version that the operator saw."""
        return self.if_version


class Acknowledge(Versioned):
    """Somebody has seen it."""

    def is_done(self, alert: AlertView, actor: str | None) -> bool:
        """Return whether the actor has acknowledged it."""
        return alert.acknowledged and actor in (None, alert.acknowledged_by)


class Unacknowledge(Versioned):
    """It asks for somebody again."""

    def is_done(self, alert: AlertView, actor: str | None) -> bool:
        """Return whether nobody has acknowledged it."""
        _ = actor
        return not alert.acknowledged


class Assign(Versioned):
    """Somebody is to look after it; null takes that back."""

    assignee: Name | None

    def detail(self, now: datetime, longest: timedelta) -> dict[str, Any] | None:
        """Return to whom."""
        _ = now, longest
        return {"assignee": self.assignee}

    def is_done(self, alert: AlertView, actor: str | None) -> bool:
        """Return whether it is assigned so, by whomever."""
        _ = actor
        return alert.assignee == self.assignee


class Shelve(Versioned):
    """It is put aside until an instant."""

    until: AwareDatetime

    def detail(self, now: datetime, longest: timedelta) -> dict[str, Any] | None:
        """Return until when; BadInput where that is not ahead or too far ahead."""
        if not now < self.until <= now + longest:
            raise BadInput(f"until {rfc3339(self.until)} is not within {longest / timedelta(days=1):g} days after {rfc3339(now)}")
        return {"until": rfc3339(self.until)}

    def is_done(self, alert: AlertView, actor: str | None) -> bool:
        """Return whether the actor has shelved it until then."""
        return alert.shelved_until == self.until and actor in (None, alert.shelved_by)


class Unshelve(Versioned):
    """It is listed again before its time."""

    def is_done(self, alert: AlertView, actor: str | None) -> bool:
        """Return whether it is not shelved."""
        _ = actor
        return alert.shelved_until is None


class Close(Versioned):
    """There is nothing more to do about it; `other` needs a comment."""

    reason: CloseReason

    def detail(self, now: datetime, longest: timedelta) -> dict[str, Any] | None:
        """Return why; BadInput where `other` is not explained."""
        _ = now, longest
        if self.reason == "other" and not (self.comment or "").strip():
            raise BadInput("reason 'other' needs a comment that says what it was")
        return {"reason": self.reason}

    def is_done(self, alert: AlertView, actor: str | None) -> bool:
        """Return whether the actor has closed it."""
        return alert.closed_at is not None and actor in (None, alert.closed_by)


class Reopen(Versioned):
    """It was closed too early: it is open again and asks for somebody."""

    def is_done(self, alert: AlertView, actor: str | None) -> bool:
        """Return whether it is not closed."""
        _ = actor
        return alert.closed_at is None


class Comment(Told):
    """Something to know about it, whatever its version."""

    comment: Annotated[str, Field(min_length=1, max_length=_WORDS_MAX), AfterValidator(storable)]

    def is_done(self, alert: AlertView, actor: str | None) -> bool:
        """Return False: the same words twice are two comments."""
        _ = alert, actor
        return False


COMMANDS: Mapping[str, type[Told]] = {
    "alert.ack": Acknowledge,
    "alert.unack": Unacknowledge,
    "alert.assign": Assign,
    "alert.comment": Comment,
    "alert.shelve": Shelve,
    "alert.unshelve": Unshelve,
    "alert.close": Close,
    "alert.reopen": Reopen,
}
"""Commands by the name that they have in the stream and in the record."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who commands: name of the key, the address it came from, and the key by which the same command is known when it is sent again."""

    name: str
    came_from: str | None = None
    idem: str | None = None


def read_told(model: type[BaseModel], told: Mapping[str, Any]) -> Any:
    """Return `told` as a `model`; BadInput names what is wrong and its value."""
    try:
        return model.model_validate(told)
    except ValidationError as error:
        said = []
        for fault in error.errors():
            name = ".".join(map(str, fault["loc"])) or "args"
            said.append(
                f"unknown member {name}" if fault["type"] == "extra_forbidden" else f"{name} = {fault['input']!r:.80}: {fault['msg']}"
            )
        raise BadInput("; ".join(said)) from None
