"""One socket: hello, what the viewer says in, frames out at its own pace, close."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Awaitable, Coroutine
from time import monotonic
from typing import Any

import structlog

from ioc.errors import BadInput, Forbidden, IocError, Unauthorized
from ioc.streams import frame
from ioc.streams.commands import Commands, answer, code_of
from ioc.streams.dialogue import Closing, Dialogue
from ioc.streams.filter import UnitsBelow
from ioc.streams.ports import Admit, Play, Player, Socket, SocketClosedError, Viewer
from ioc.streams.scene import Scene

_log = structlog.get_logger()
_HELLO_S = 10.0
_SEND_S = 15.0
_MISSED_HEARTBEATS = 4
_CLOSE_S = 1.0
_ADMIT_EVERY_S = 5.0
_COME_BACK_MS = (500, 3000)


class Session:
    """A viewer's connection. `pump` is called from outside whenever something may be due, and never waits.

    `admit` turns a token into a viewer or raises; it is asked again every few seconds.
    """

    def __init__(
        self, socket: Socket, *, scene: Scene, admit: Admit, commands: Commands | None, play: Play | None, units_below: UnitsBelow
    ) -> None:
        self._socket, self._live, self._scene, self._admit = socket, scene, scene, admit
        self._commands, self._play = commands, play
        self._dialogue = Dialogue(scene, self, units_below)
        self._viewer: Viewer | None = None
        self._token: str | None = None
        self._player: Player | None = None
        self._asked: frame.Replay | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._orders: set[asyncio.Task[None]] = set()  # go on when the viewer leaves: what was begun is done
        self._sending: asyncio.Task[None] | None = None
        self._closing: Closing | None = None
        self._task: asyncio.Task[Any] | None = None
        self._blocked_s = self._beat_s = self._admit_s = 0.0
        self.due_s = self.state_due_s = 0.0  # when to pump again; and when something has changed since `seen`
        self.seen = -1
        self._heard_s = monotonic()

    async def run(self) -> None:
        """Serve the viewer until one side ends it."""
        self._task = asyncio.current_task()
        try:
            await self._greet()
            while True:
                told = self._dialogue.understand(await self._socket.receive())
                self._heard_s = monotonic()
                if not isinstance(told, frame.Pong):
                    self._dialogue.take(told)
                    self.pump(self._heard_s)
        except SocketClosedError:
            pass
        except Closing as closing:
            await self.close(closing.code)
        except asyncio.CancelledError:
            if self._closing is None or self._task is None:
                raise
            self._task.uncancel()
            await self.close(self._closing.code)
        finally:
            self._end()

    async def close(self, code: int) -> None:
        """Say goodbye, with a time to come back that differs between viewers, and close."""
        self._viewer = None  # nothing more is pumped
        if self._sending is not None:
            self._sending.cancel()
        bye = frame.encode("bye", code=code, after_ms=random.randint(*_COME_BACK_MS))  # noqa: S311 - spreads load
        await _briefly(self._socket.send(bye))
        await _briefly(self._socket.close(code))  # who did not read the one is still told by the other

    def pump(self, at: float) -> None:
        """Send what is due as long as the viewer takes it; the rest when it does."""
        if self._viewer is None or self._closing is not None:
            return
        try:
            if self._sending is None:
                self._send_due(at)
                is_behind, self.state_due_s = self._dialogue.rest()
                self.seen = -1 if is_behind else self._scene.mirror.position
            if self._sending is not None:
                self._refuse_slow(at)
            if at >= self._admit_s:
                self._admit_s = at + _ADMIT_EVERY_S
                self._begin(self._admit_again(), self._work)
            self.due_s = min(self._admit_s, self._beat_s if self._sending is None else self._blocked_s + _SEND_S)
        except Closing as closing:
            self._leave(closing)
        except SocketClosedError:
            self._leave(Closing(frame.NORMAL, "the other side is gone"))

    def is_due(self, at: float) -> bool:
        """Return whether to pump; looked at very often."""
        return self.due_s <= at or (self.state_due_s <= at and self._sending is None and self.seen != self._scene.mirror.position)

    def execute(self, told: frame.Command) -> None:
        """Carry out a command and have its result sent."""
        viewer, commands = self._viewer, self._commands
        assert viewer is not None
        if len(self._orders) >= frame.MAX_COMMANDS:
            self._dialogue.refuse("too_many", f"{frame.MAX_COMMANDS} commands are being carried out, no more are taken", told.id)
            return

        async def work() -> dict[str, Any]:
            if commands is None or self._player is not None:
                raise BadInput("commands are for the present: end the replay first" if self._player else "no commands are taken here")
            if not viewer.may(told.op):
                raise Forbidden(f"{viewer.name} is {viewer.role} and may not {told.op}")
            return await commands.execute(told.op, told.args, if_version=told.if_version, idem=told.idem, actor=viewer.name)

        async def run() -> None:
            self._answer(await answer(told, work))

        self._begin(run(), self._orders)

    def replay(self, told: frame.Replay) -> None:
        """Show the past as soon as it is read, or the present again."""
        self._asked = told
        if told.begin is None:
            self._change_scene(None)
        elif self._play is None or len(self._work) >= frame.MAX_COMMANDS:
            self._dialogue.refuse("replay", "no replay can be begun now")
        else:
            self._begin(self._start_replay(self._play, told), self._work)

    def hold(self, held: bool) -> None:
        """Let the replay stand still, or go on."""
        if self._player is not None:
            self._player.hold(held)

    async def _greet(self) -> None:
        """Let the viewer in."""
        try:
            async with asyncio.timeout(_HELLO_S):
                first = self._dialogue.understand(await self._socket.receive())
        except TimeoutError:
            raise Closing(frame.NO_ANSWER, "no hello") from None
        if not isinstance(first, frame.Hello):
            raise Closing(frame.PROTOCOL_ERROR, "the first frame is not a hello")
        try:
            viewer = await self._admit(first.token)
        except IocError as error:
            await self._send(frame.encode("err", code=code_of(error), detail=error.detail))
            raise Closing(_close_code(error), error.detail) from None
        self._token = first.token
        self._dialogue.resume(first.resume)
        await self._send(
            frame.encode(
                "welcome",
                session=uuid.uuid4().hex[:12],
                epoch=self._live.mirror.epoch,
                hb_s=frame.HEARTBEAT_S,
                role=viewer.role,
                limits=frame.limits(),
            )
        )
        self._viewer, self._admit_s = viewer, monotonic() + _ADMIT_EVERY_S

    async def _send(self, data: frame.Text) -> None:
        try:
            async with asyncio.timeout(_SEND_S):
                await self._socket.send(data)
        except TimeoutError:
            raise Closing(frame.TOO_SLOW, f"did not read for {_SEND_S:g} s") from None

    def _send_due(self, at: float) -> None:
        while (data := self._next_frame(at)) is not None:
            if not self._socket.offer(data):
                self._blocked_s = at
                self._sending = asyncio.ensure_future(self._socket.send(data))
                self._sending.add_done_callback(self._was_sent)
                return
            if self._dialogue.has_pages:  # pages are large: others have their turn in between
                asyncio.get_running_loop().call_soon(self.pump, at)
                return

    def _refuse_slow(self, at: float) -> None:
        if at - self._blocked_s > _SEND_S:
            raise Closing(frame.TOO_SLOW, f"did not read for {_SEND_S:g} s")

    def _next_frame(self, at: float) -> frame.Text | None:
        if at >= self._beat_s:
            if at - self._heard_s > _MISSED_HEARTBEATS * frame.HEARTBEAT_S:
                raise Closing(frame.NO_ANSWER, "no pong")
            self._beat_s = at + frame.HEARTBEAT_S
            return self._scene.heartbeat(at)
        return self._dialogue.next_frame(at)

    def _was_sent(self, task: asyncio.Task[None]) -> None:
        self._sending = None
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            if not isinstance(error, SocketClosedError):
                _log.error("stream.send_failed", exc_info=error)
            self._leave(Closing(frame.NORMAL, "the other side is gone"))
        else:
            self.pump(monotonic())

    async def _admit_again(self) -> None:
        """Ask whether the viewer may still look, and what it may do: a key can be revoked. Where nobody can tell now, it may."""
        try:
            viewer = await self._admit(self._token)
        except (Unauthorized, Forbidden) as error:
            self._leave(Closing(_close_code(error), error.detail))
        except IocError as error:
            _log.debug("stream.not_asked", why=error.detail)
        else:
            if self._viewer is not None:
                self._viewer = viewer

    async def _start_replay(self, play: Play, told: frame.Replay) -> None:
        try:
            player = await play(told)
        except IocError as error:
            self._dialogue.refuse("replay", error.detail)
        else:
            if self._asked is told and self._viewer is not None:
                self._change_scene(player)
            else:  # another one was asked for meanwhile, or nobody looks any more
                player.stop()
        self.pump(monotonic())

    def _change_scene(self, player: Player | None) -> None:
        if self._player is not None:
            self._player.stop()
        if player is not None or self._player is not None:
            self._scene = player.scene if player else self._live
            self._dialogue.show(self._scene)
            if player is not None:
                player.scene.on_alert, player.on_end = self._pump_soon, self._beat_now
            self._beat_s = 0.0
        self._player = player

    def _beat_now(self) -> None:
        self._beat_s = 0.0
        self._pump_soon()

    def _pump_soon(self) -> None:
        asyncio.get_running_loop().call_soon(self.pump, monotonic())

    def _answer(self, data: frame.Text) -> None:
        self._dialogue.answer(data)
        self.pump(monotonic())

    def _begin(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        """Do something beside; what it raises ends the session."""
        task = asyncio.ensure_future(work)
        among.add(task)
        task.add_done_callback(self._worked)

    def _worked(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        self._orders.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Closing):
            self._leave(error)
        elif error is not None:
            _log.error("stream.failed", exc_info=error)
            self._leave(Closing(frame.GOING_AWAY, "a fault of ours"))

    def _leave(self, closing: Closing) -> None:
        """Let `run` end the session."""
        if self._closing is None and self._task is not None and not self._task.done():
            self._closing = closing
            self._task.cancel()

    def _end(self) -> None:
        self._viewer = None
        if self._player is not None:
            self._player.stop()
        for task in (*self._work, *([self._sending] if self._sending else [])):
            task.cancel()


async def _briefly(last: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(_CLOSE_S):
            await last
    except (SocketClosedError, TimeoutError):
        pass


def _close_code(error: IocError) -> int:
    """Return the close code for a viewer who is not let in; one whom we cannot judge now may come back."""
    match error:
        case Unauthorized():
            return frame.WHO_ARE_YOU
        case Forbidden():
            return frame.NOT_ALLOWED
        case _:
            return frame.GOING_AWAY
