"""The scheduler client of the v1 HTTP interface.

    with Client("host:5050") as client:
        for event in client:
            if event is Connection.CONNECTED:
                client.send(subscribe)
            elif event is Connection.DISCONNECTED:
                ...  # it connects again by itself
            elif event.type == scheduler_pb2.Event.OFFERS:
                ...
"""

from typing import Optional, cast

from mesos._mesos import V1SchedulerClient, V1Teardown
from mesos.v1 import mesos_pb2, scheduler_pb2
from mesos.v1._stream import Connection, EventStream

__all__ = ["CallError", "Client", "Connection"]


class CallError(Exception):
    """A call was refused (`status` is the HTTP status) or not answered (0)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Client(EventStream["scheduler_pb2.Event"]):
    """Connects to the leading master in the background, for ever.

    `master` is as for the driver. `json` chooses what goes over the wire. With `over_v0`, a description of the
    framework, the driver protocol is spoken instead of HTTP; updates are then acknowledged explicitly.
    """

    def __init__(
        self,
        master: str,
        credential: "Optional[mesos_pb2.Credential]" = None,
        *,
        json: bool = False,
        over_v0: "Optional[mesos_pb2.FrameworkInfo]" = None,
    ) -> None:
        native = V1SchedulerClient(master, credential, json, over_v0)
        super().__init__(native, scheduler_pb2.Event)

    def send(self, call: "scheduler_pb2.Call") -> None:
        """Sends a call; one that does not fit the state of the connection is logged and dropped.

        Of a TEARDOWN it waits for the answer, because a client that is closed before may lose it.
        """
        self._native.send(call)

    def _begin(self, call: "scheduler_pb2.Call") -> "Optional[V1Teardown]":
        """As `send`, without the wait, which is left to the caller if there is to be one."""
        return cast("Optional[V1Teardown]", self._native.begin(call))

    def call(
        self, call: "scheduler_pb2.Call", timeout: Optional[float] = None
    ) -> "Optional[scheduler_pb2.Response]":
        """Sends a call other than SUBSCRIBE and waits for the answer, which few calls have.

        Raises `CallError`, or `TimeoutError` after `timeout` seconds.
        """
        status, response, error = self._native.call(call, timeout)
        if error is not None:
            raise CallError(status, error)
        return scheduler_pb2.Response.FromString(response) if response else None

    def reconnect(self) -> None:
        """Gives up the connections and makes new ones; no effect while disconnected."""
        self._native.reconnect()
