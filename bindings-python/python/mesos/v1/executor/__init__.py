"""The executor client of the v1 HTTP interface.

    with Client() as client:
        for event in client:
            if event is Connection.CONNECTED:
                client.send(subscribe)
            elif event.type == executor_pb2.Event.LAUNCH:
                ...
"""

from typing import Mapping, Optional

from mesos._mesos import V1ExecutorClient
from mesos.v1 import executor_pb2
from mesos.v1._stream import Connection, EventStream

__all__ = ["Client", "Connection"]


class Client(EventStream["executor_pb2.Event"]):
    """Connects to the agent that has started this process, which says so in its environment.

    `json` chooses what goes over the wire; `environment` replaces the environment of the process.
    """

    def __init__(
        self, *, json: bool = False, environment: Optional[Mapping[str, str]] = None
    ) -> None:
        native = V1ExecutorClient(json, None if environment is None else dict(environment))
        super().__init__(native, executor_pb2.Event)
