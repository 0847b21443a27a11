"""The broker aMQTT as a program of its own, for a machine without Mosquitto: `python -m ioc.demo.amqtt_broker PORT`.

Good enough to try ioc out, no more:

- it speaks MQTT 3.1.1 only and keeps everything in memory: durable sessions with their queues, and retained messages, outlive their
  clients but not the broker;
- a message sent to a client that does not acknowledge it within five seconds, or disconnects first, is not sent again, so what was on
  its way when ioc is killed is lost (Mosquitto sends it again);
- what it queued for a client while that was away it delivers with the retain flag set.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from amqtt.broker import Broker
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

from ioc.demo.processes import LOOPBACK

# By its name in the package: when this file runs as a program it is called otherwise.
_ADMIT_EVERYONE = "ioc.demo.amqtt_broker.AdmitEveryone"


class AdmitEveryone(BaseAuthPlugin):  # type: ignore[misc]  # aMQTT has no types
    """Lets every client in; unlike aMQTT's own plugin for that it keeps the durable sessions of clients without a user name."""

    async def authenticate(self, *, session: Session) -> bool:
        """Accept the client of `session`."""
        _ = session
        return True


async def serve(port: int) -> None:
    """Serve on loopback `port` until SIGTERM or SIGINT."""
    broker = Broker({"listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{port}"}}, "plugins": {_ADMIT_EVERYONE: {}}})
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await broker.start()
    await stopping.wait()
    await broker.shutdown()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("transitions").setLevel(logging.ERROR)
    asyncio.run(serve(int(sys.argv[1])))
