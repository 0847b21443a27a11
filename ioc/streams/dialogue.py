"""What one viewer has asked for, and what it is told next; knows no socket."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import msgspec

from ioc.streams import frame
from ioc.streams.figure_subscription import FigureSubscription
from ioc.streams.figures import Choice
from ioc.streams.filter import FITTING, UnitsBelow
from ioc.streams.frame import Text
from ioc.streams.outbox import AlertSubscription, StateSubscription, Subscription
from ioc.streams.scene import Scene

_NEVER = float("inf")
_WIDEST = 4  # bytes of a character in UTF-8


class Closing(Exception):
    """The session has to end."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code, self.why = code, why


class Shell(Protocol):
    """What a viewer can ask for that takes time; the answers come through `Dialogue.answer`."""

    def execute(self, told: frame.Command) -> None:
        """Carry out a command."""
        ...

    def replay(self, told: frame.Replay) -> None:
        """Show the past, or the present again."""
        ...

    def hold(self, held: bool) -> None:
        """Let a replay stand still, or go on."""
        ...


class Dialogue:
    """The subscriptions of one viewer and the answers that wait for it; both are bounded. `resume` is what it brought in its hello."""

    def __init__(self, scene: Scene, shell: Shell, units_below: UnitsBelow) -> None:
        self._scene, self._shell, self._units_below = scene, shell, units_below
        self._states: dict[str, StateSubscription] = {}
        self._alerts: dict[str, AlertSubscription] = {}
        self._figures: dict[str, FigureSubscription] = {}
        self._boards, self._epoch, self._now = scene.boards, scene.mirror.epoch, scene.now
        self._answers: deque[Text] = deque()
        self._resume: dict[str, int] = {}
        self._is_resumable = False

    def resume(self, told: frame.ResumeFrom | None) -> None:
        """Take note of up to where the viewer was told before."""
        if told is not None:
            self._resume = dict(told.pos)
            self._is_resumable = told.epoch == self._scene.mirror.epoch

    def understand(self, text: str) -> frame.ClientFrame | None:
        """Return the frame, or None after noting what is wrong with it; raises Closing for one that is too large."""
        size = len(text) if len(text) <= frame.MAX_FRAME_BYTES // _WIDEST else len(text.encode(errors="surrogatepass"))
        if size > frame.MAX_FRAME_BYTES:
            raise Closing(frame.TOO_LARGE, f"frame of {len(text)} characters is over {frame.MAX_FRAME_BYTES} bytes")
        try:
            return frame.decode_frame(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            self.refuse("frame", str(error)[:256])
            return None

    def take(self, told: frame.ClientFrame | None) -> None:
        """Do what a frame asks for; raises Closing when answers pile up."""
        match told:
            case frame.Subscribe():
                self._subscribe(told)
            case frame.ChangeView():
                self._change_view(told)
            case frame.Unsubscribe():
                self._forget(told.id)
            case frame.Pause() | frame.Resume():
                self._pause(told.id, isinstance(told, frame.Pause))
            case frame.Command():
                self._shell.execute(told)
            case frame.Replay():
                self._shell.replay(told)
            case frame.Hello():
                self.refuse("frame", "hello was said already")

    def next_frame(self, at: float) -> Text | None:
        """Return what is due at the moment `at`: alerts before answers, so that what a command did is told before its `res`."""
        if self._alerts:
            for alerts in self._alerts.values():
                if (data := alerts.next_frame(at)) is not None:
                    return data
        if self._answers:
            return self._answers.popleft()
        for state in self._states.values():
            if (state.due_s <= at or state.is_urgent) and (data := state.next_frame(at)) is not None:
                return data
        for figures in list(self._figures.values()):
            if (data := figures.next_frame(at)) is not None:
                if figures.is_over:
                    self._forget(figures.name)
                return data
        return None

    @property
    def has_pages(self) -> bool:
        """Whether there is something to send however early it is, such as a page of a snapshot."""
        for state in self._states.values():
            if state.is_urgent:
                return True
        return any(alerts.is_urgent for alerts in self._alerts.values()) or any(figures.is_urgent for figures in self._figures.values())

    def rest(self) -> tuple[bool, float]:
        """Return whether there is something left to tell, and when the next delta may go that tells it, or whatever comes next."""
        is_behind, due_s = False, _NEVER
        told: list[StateSubscription | FigureSubscription] = [*self._states.values(), *self._figures.values()]
        for state in told:
            if state.is_behind:
                due_s = min(due_s, state.due_s) if is_behind else state.due_s
                is_behind = True
            elif not is_behind and state.due_s < due_s:
                due_s = state.due_s
        return is_behind, due_s

    def show(self, scene: Scene) -> None:
        """Let subscriptions of state and alerts show another scene: the past, or the present again. Figures are those of the present."""
        self._scene, self._resume = scene, {}
        shown: list[Subscription] = [*self._alerts.values(), *self._states.values()]
        for subscription in shown:
            subscription.move_to(scene, "replay")

    def answer(self, data: Text) -> None:
        """Have an answer sent; raises Closing when too many wait, since the viewer asks faster than it reads."""
        if len(self._answers) >= frame.MAX_SUBSCRIPTIONS * 4:
            raise Closing(frame.TOO_SLOW, "asks faster than it reads")
        self._answers.append(data)

    def refuse(self, code: str, detail: str, subscription: str | None = None) -> None:
        """Answer that something cannot be; raises as `answer` does."""
        self.answer(frame.encode("err", code=code, detail=detail, id=subscription))

    def _subscriptions(self) -> list[Subscription | FigureSubscription]:
        return [*self._alerts.values(), *self._states.values(), *self._figures.values()]

    def _subscribe(self, told: frame.Subscribe) -> None:
        is_new = told.id not in {one.name for one in self._subscriptions()}
        unfit = told.filter.unfit(told.ch)
        if told.ch == "indicators" and self._boards is None:
            self.refuse("channel", "there are no indicators here", told.id)
        elif is_new and len(self._subscriptions()) >= frame.MAX_SUBSCRIPTIONS:
            self.refuse("too_many", f"{frame.MAX_SUBSCRIPTIONS} subscriptions are open, no more are allowed", told.id)
        elif unfit:
            self.refuse("filter", f"{told.ch} are filtered by {', '.join(FITTING[told.ch])}, not by {', '.join(unfit)}", told.id)
        elif told.ch == "indicators" and not (told.filter.indicator or told.filter.unit):
            self.refuse("filter", "indicators are chosen by indicator or unit: name at least one", told.id)
        else:
            self._forget(told.id)
            self._open(told)

    def _open(self, told: frame.Subscribe) -> None:
        scene, position = self._scene, self._resume.pop(told.id, None)
        if told.ch == "indicators":
            self._open_figures(told, resumes=position is not None)
            return
        resume_at = position if self._is_resumable else None
        wanted = told.filter.with_units_below(self._units_below)
        opened: Subscription
        if told.ch == "alerts":
            opened = self._alerts[told.id] = AlertSubscription(told.id, scene, wanted=wanted, resume_at=resume_at)
        else:
            opened = self._states[told.id] = StateSubscription(
                told.id,
                scene,
                view=told.view.view() if told.view else None,
                wanted=wanted,
                rate_hz=told.rate_hz,
                vseq=told.vseq,
                resume_at=resume_at,
            )
        if position is not None and not self._is_resumable:
            opened.reset("epoch")

    def _open_figures(self, told: frame.Subscribe, *, resumes: bool) -> None:
        """Begin a subscription of figures: who comes back is told all of them, which are few."""
        assert self._boards is not None
        board = self._boards.open(Choice.of(told.filter))
        opened = FigureSubscription(told.id, board, epoch=self._epoch, now=self._now, rate_hz=told.rate_hz)
        self._figures[told.id] = opened
        if resumes:
            opened.reset("horizon" if self._is_resumable else "epoch")

    def _forget(self, name: str) -> None:
        self._figures.pop(name, None)
        self._states.pop(name, None)
        self._alerts.pop(name, None)

    def _change_view(self, told: frame.ChangeView) -> None:
        state = self._states.get(told.id)
        if state is None:
            self.refuse("unknown_id", f"there is no state subscription {told.id}", told.id)
        else:
            state.look_at(told.view.view(), told.vseq)

    def _pause(self, name: str | None, held: bool) -> None:
        chosen = [one for one in self._subscriptions() if name in (None, one.name)]
        if name is not None and not chosen:
            self.refuse("unknown_id", f"there is no subscription {name}", name)
        for one in chosen:
            one.is_paused = held
        if name is None:
            self._shell.hold(held)
