"""One socket: hello, subscriptions, frames out at the viewer's own pace, close."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Protocol

import msgspec
import structlog

from ioc.domain.clock import Clock
from ioc.domain.live import AlertView
from ioc.errors import Forbidden, IocError, Unauthorized
from ioc.streams import frame
from ioc.streams.mirror import Mirror
from ioc.streams.outbox import AlertSubscription, StateSubscription

_log = structlog.get_logger()
_HELLO_S = 10.0
_SEND_S = 15.0
_MISSED_HEARTBEATS = 4
_CLOSE_S = 1.0
_ADMIT_EVERY_S = 5.0
_COME_BACK_MS = (500, 3000)


class SocketClosedError(Exception):
    """The other side is gone."""


class Socket(Protocol):
    """As much of a WebSocket as a session needs."""

    async def receive(self) -> str:
        """Return the next text frame; raises SocketClosedError."""
        ...

    async def send(self, data: bytes) -> None:
        """Send a text frame; waits while the other side does not read; raises SocketClosedError."""
        ...

    async def close(self, code: int) -> None:
        """Close with a code of docs/stream.md."""
        ...


class Closing(Exception):
    """The session has to end."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code, self.why = code, why


class Session:
    """A viewer's connection; `admit` turns a token into a role or raises."""

    def __init__(
        self,
        socket: Socket,
        *,
        mirror: Mirror,
        clock: Clock,
        admit: Callable[[str | None], Awaitable[str]],
        health: Callable[[], str | None],
    ) -> None:
        self._socket, self._mirror, self._clock, self._admit, self._health = socket, mirror, clock, admit, health
        self._states: dict[str, StateSubscription] = {}
        self._alerts: dict[str, AlertSubscription] = {}
        self._fresh: dict[str, None] = {}  # subscriptions that need a snapshot, in the order in which they were asked for
        self._answers: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._heard_s = monotonic()

    def offer(self, alert: AlertView) -> None:
        """Tell the viewer of a change of an alert; never waits."""
        for subscription in self._alerts.values():
            subscription.offer(alert, self._mirror.position)
        if self._alerts:
            self._wake.set()

    async def run(self) -> None:
        """Serve the viewer until one side ends it."""
        try:
            token = await self._greet()
            loops = [asyncio.ensure_future(loop) for loop in (self._receive_loop(), self._send_loop(), self._admit_loop(token))]
            try:
                done, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in loops:
                    task.cancel()
                await asyncio.gather(*loops, return_exceptions=True)
        except SocketClosedError:
            pass
        except Closing as closing:
            await self.close(closing.code)

    async def close(self, code: int) -> None:
        """Say goodbye, with a time to come back that differs between viewers, and close."""
        bye = frame.encode("bye", code=code, after_ms=random.randint(*_COME_BACK_MS))  # noqa: S311 - spreads load
        await _briefly(self._socket.send(bye))
        await _briefly(self._socket.close(code))  # who did not read the one is still told by the other

    async def _greet(self) -> str | None:
        """Let the viewer in and return its token."""
        try:
            async with asyncio.timeout(_HELLO_S):
                first = self._understand(await self._socket.receive())
        except TimeoutError:
            raise Closing(frame.NO_ANSWER, "no hello") from None
        if not isinstance(first, frame.Hello):
            raise Closing(frame.PROTOCOL_ERROR, "the first frame is not a hello")
        try:
            role = await self._admit(first.token)
        except IocError as error:
            word, code = _refusal(error)
            await self._send(frame.encode("err", code=word, detail=error.detail))
            raise Closing(code, error.detail) from None
        limits = {"subs": frame.MAX_SUBSCRIPTIONS, "rate_hz": 10, "page": frame.PAGE_ROWS}
        session = uuid.uuid4().hex[:12]
        await self._send(
            frame.encode("welcome", session=session, epoch=self._mirror.epoch, hb_s=frame.HEARTBEAT_S, role=role, limits=limits)
        )
        return first.token

    async def _admit_loop(self, token: str | None) -> None:
        """Ask again and again whether the viewer may still look: a key can be revoked. Where nobody can tell now, it may."""
        while True:
            await asyncio.sleep(_ADMIT_EVERY_S)
            try:
                await self._admit(token)
            except (Unauthorized, Forbidden) as error:
                raise Closing(_refusal(error)[1], error.detail) from None
            except IocError as error:
                _log.debug("stream.not_asked", why=error.detail)

    def _understand(self, text: str) -> frame.ClientFrame | None:
        """Return the frame, or None after noting what is wrong with it."""
        if len(text) > frame.MAX_FRAME_BYTES or len(text.encode(errors="surrogatepass")) > frame.MAX_FRAME_BYTES:
            raise Closing(frame.TOO_LARGE, f"frame of {len(text)} characters is over {frame.MAX_FRAME_BYTES} bytes")
        try:
            return frame.decode_frame(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            self._answer(frame.encode("err", code="frame", detail=str(error)[:256]))
            return None

    def _answer(self, data: bytes) -> None:
        if len(self._answers) >= frame.MAX_SUBSCRIPTIONS * 4:
            raise Closing(frame.TOO_SLOW, "asks faster than it reads")
        self._answers.append(data)
        self._wake.set()

    async def _receive_loop(self) -> None:
        while True:
            told = self._understand(await self._socket.receive())
            self._heard_s = monotonic()
            match told:
                case frame.Subscribe():
                    self._subscribe(told)
                case frame.ChangeView():
                    self._change_view(told)
                case frame.Unsubscribe():
                    self._forget(told.id)
                case frame.Hello():
                    self._answer(frame.encode("err", code="frame", detail="hello was said already"))

    def _subscribe(self, told: frame.Subscribe) -> None:
        is_new = told.id not in self._states and told.id not in self._alerts
        if is_new and len(self._states) + len(self._alerts) >= frame.MAX_SUBSCRIPTIONS:
            detail = f"{frame.MAX_SUBSCRIPTIONS} subscriptions are open, no more are allowed"
            self._answer(frame.encode("err", code="too_many", detail=detail, id=told.id))
            return
        self._forget(told.id)
        if told.ch == "alerts":
            self._alerts[told.id] = AlertSubscription(told.id)
        else:
            self._states[told.id] = StateSubscription(told.id, view=told.view.view() if told.view else None, rate_hz=told.rate_hz)
        self._want_snapshot(told.id)

    def _forget(self, name: str) -> None:
        for known in (self._states, self._alerts, self._fresh):
            known.pop(name, None)

    def _change_view(self, told: frame.ChangeView) -> None:
        state = self._states.get(told.id)
        if state is None:
            self._answer(frame.encode("err", code="unknown_id", detail=f"there is no state subscription {told.id}", id=told.id))
            return
        state.look_at(told.view.view())
        self._want_snapshot(told.id)

    def _want_snapshot(self, name: str) -> None:
        """Have a snapshot made when it is its turn to be sent: however often a viewer asks, one is enough, and none waits in memory."""
        self._fresh[name] = None
        self._wake.set()

    async def _send_loop(self) -> None:
        heartbeat_s = monotonic()
        while True:
            self._wake.clear()  # what is set from here on is not slept over
            at = monotonic()
            while self._answers:
                await self._send(self._answers.popleft())
            await self._send_snapshots()
            for alerts in list(self._alerts.values()):
                for data in alerts.drain(self._mirror, self._clock.now()):
                    await self._send(data)
            for state in list(self._states.values()):
                await self._send_delta(state, at)
            if at >= heartbeat_s:
                await self._beat()
                heartbeat_s = at + frame.HEARTBEAT_S
            due = min((state.due_s for state in self._states.values()), default=heartbeat_s)
            await self._sleep(min(due, heartbeat_s) - monotonic())

    async def _send_snapshots(self) -> None:
        while self._fresh:
            name = next(iter(self._fresh))
            del self._fresh[name]
            subscription = self._states.get(name) or self._alerts[name]
            for page in subscription.snapshot(self._mirror, self._clock.now()):
                await self._send(page)

    async def _send_delta(self, state: StateSubscription, at: float) -> None:
        if at < state.due_s or state.name in self._fresh:  # a snapshot that waits goes first
            return
        data = state.delta(self._mirror, self._clock.now())
        state.due_s = at + state.interval_s
        if data is not None:
            await self._send(data)

    async def _beat(self) -> None:
        if monotonic() - self._heard_s > _MISSED_HEARTBEATS * frame.HEARTBEAT_S:
            raise Closing(frame.NO_ANSWER, "no pong")
        now, newest, why = self._clock.now(), self._mirror.newest, self._health()
        lag_ms = None if newest is None else max(0, round((now - newest).total_seconds() * 1000))
        mode = {"mode": "live"} if why is None else {"mode": "degraded", "why": why}
        await self._send(frame.encode("hb", t=now, pos=self._mirror.position, lag_ms=lag_ms, **mode))

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _send(self, data: bytes) -> None:
        try:
            async with asyncio.timeout(_SEND_S):
                await self._socket.send(data)
        except TimeoutError:
            raise Closing(frame.TOO_SLOW, f"did not read for {_SEND_S:g} s") from None


async def _briefly(last: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(_CLOSE_S):
            await last
    except (SocketClosedError, TimeoutError):
        pass


def _refusal(error: IocError) -> tuple[str, int]:
    """Return the word and the close code for a viewer who is not let in; one whom we cannot judge now may come back."""
    match error:
        case Unauthorized():
            return "unauthorized", frame.WHO_ARE_YOU
        case Forbidden():
            return "forbidden", frame.NOT_ALLOWED
        case _:
            return "unavailable", frame.GOING_AWAY
