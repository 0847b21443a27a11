"""A private MQTT broker on loopback: Mosquitto where it is installed, else one written in Python."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ioc.demo.processes import LOOPBACK, ChildProcess, free_port, is_listening, start_process
from ioc.errors import Unavailable

BrokerKind = Literal["mosquitto", "amqtt"]
_START_TIMEOUT_S = 20
_PORT_TRIES = 3
# Debian keeps Mosquitto where only root's PATH looks.
_MORE_PROGRAM_DIRECTORIES = ("/usr/local/sbin", "/usr/sbin", "/opt/homebrew/sbin", "/opt/homebrew/opt/mosquitto/sbin")
# `user` matters to root only: Mosquitto would become a user who may not reach the directory.
_MOSQUITTO_CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
user {user}
persistence true
persistence_location {directory}/
autosave_interval 10
max_inflight_messages 4000
max_queued_messages 0
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
"""


@dataclass(frozen=True)
class Broker:
    """A running broker."""

    kind: BrokerKind
    port: int
    process: ChildProcess

    @property
    def url(self) -> str:
        """Its address; who connects needs no password."""
        return f"mqtt://{LOOPBACK}:{self.port}"

    @property
    def mqtt_protocol(self) -> Literal[5, 311]:
        """The newest version of MQTT that it speaks."""
        return 5 if self.kind == "mosquitto" else 311

    @property
    def description(self) -> str:
        """One line for people."""
        return (
            "Mosquitto, MQTT 5"
            if self.kind == "mosquitto"
            else "aMQTT, MQTT 3.1.1, evaluation only: messages on their way are lost when it or ioc is killed"
        )

    def stop(self) -> None:
        """End it in good order; Mosquitto keeps its durable sessions for the next start on the same directory."""
        self.process.stop()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()


def find_mosquitto() -> Path | None:
    """Return the Mosquitto program, None where it is not installed."""
    found = shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), *_MORE_PROGRAM_DIRECTORIES]))
    return Path(found) if found else None


def start_broker(directory: Path, port: int = 0, *, kind: BrokerKind | None = None) -> Broker:
    """Start a broker that ends with us, and return when it takes connections.

    Args:
        directory: where its settings, its log and what it must remember are kept.
        port: TCP port on loopback; 0 takes a free one.
        kind: which broker; None takes Mosquitto where it is installed, else aMQTT.

    Raises:
        Unavailable: it is not installed, or did not start; its last words are in the message.
    """
    kind = kind or ("mosquitto" if find_mosquitto() else "amqtt")
    directory.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, _PORT_TRIES + 1):
        chosen = port or free_port()
        try:
            return _start(kind, directory.absolute(), chosen)
        except Unavailable:
            if port or attempt == _PORT_TRIES or not is_listening(chosen):  # not a port that somebody else took meanwhile
                raise
    raise AssertionError("the last try returns or raises")


def _start(kind: BrokerKind, directory: Path, port: int) -> Broker:
    if is_listening(port):
        raise Unavailable(f"port {port} is taken by another program")
    command = _mosquitto_command(directory, port) if kind == "mosquitto" else _amqtt_command(port)
    process = start_process(f"the broker ({kind})", command, log=directory / f"{kind}.log", cwd=directory)
    try:
        process.wait_until(lambda: is_listening(port), timeout_s=_START_TIMEOUT_S)
    except BaseException:  # Ctrl-C while starting is one too
        process.stop()
        raise
    return Broker(kind, port, process)


def _mosquitto_command(directory: Path, port: int) -> list[str | Path]:
    program = find_mosquitto()
    if program is None:
        raise Unavailable("Mosquitto is not installed (Debian, Ubuntu: sudo apt-get install mosquitto)")
    settings = directory / "mosquitto.conf"
    user = "root" if os.geteuid() == 0 else "mosquitto"
    settings.write_text(_MOSQUITTO_CONFIGURATION.format(port=port, directory=directory, user=user), encoding="utf-8")
    return [program, "-c", settings]


def _amqtt_command(port: int) -> list[str | Path]:
    return [sys.executable, "-m", "ioc.demo.amqtt_broker", str(port)]
