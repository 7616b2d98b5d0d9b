"""The v1 clients on asyncio."""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any, AsyncIterator, Generic, Mapping, Optional, Set, TypeVar, Union, cast

from mesos.v1 import executor, executor_pb2, mesos_pb2, scheduler, scheduler_pb2
from mesos.v1._stream import Connection, EventStream

__all__ = ["ExecutorClient", "SchedulerClient"]

EventType = TypeVar("EventType")
Self = TypeVar("Self", bound="_Client[Any]")

# How long the waiting thread may outlive a loop that has gone.
_WAIT_SECONDS = 0.5


class _Client(Generic[EventType]):
    """An asynchronous iterator of events; it ends when the client is closed."""

    def __init__(self, client: "EventStream[EventType]") -> None:
        self._client = client
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mesos-events")
        self._received: "Optional[asyncio.Future[Any]]" = None

    def send(self, call: Any) -> None:
        """Sends a call; returns at once."""
        self._client.send(call)

    async def close(self) -> None:
        """Closes the connections; events that wait are lost."""
        await asyncio.get_running_loop().run_in_executor(None, self._client.close)
        self._thread.shutdown(wait=False)

    def __aiter__(self) -> "AsyncIterator[Union[EventType, Connection]]":
        return self

    async def __anext__(self) -> "Union[EventType, Connection]":
        while True:
            if self._received is None:
                wait = functools.partial(_receive, self._client)
                try:
                    self._received = asyncio.get_running_loop().run_in_executor(self._thread, wait)
                except RuntimeError:
                    raise StopAsyncIteration from None
            # A wait that is cancelled loses no event: the next one gets it.
            event = await asyncio.shield(self._received)
            self._received = None
            if event is _CLOSED:
                raise StopAsyncIteration
            if event is not None:
                return cast("Union[EventType, Connection]", event)

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(self, *_error: Any) -> None:
        await self.close()


_CLOSED = object()


def _receive(client: "EventStream[Any]") -> Any:
    try:
        return client.receive(_WAIT_SECONDS)
    except EOFError:
        return _CLOSED


class SchedulerClient(_Client["scheduler_pb2.Event"]):
    """The scheduler client; see `mesos.v1.scheduler.Client` for the arguments."""

    def __init__(
        self,
        master: str,
        credential: "Optional[mesos_pb2.Credential]" = None,
        *,
        json: bool = False,
        over_v0: "Optional[mesos_pb2.FrameworkInfo]" = None,
    ) -> None:
        self._scheduler = scheduler.Client(master, credential, json=json, over_v0=over_v0)
        super().__init__(self._scheduler)
        self._teardowns: "Set[asyncio.Future[None]]" = set()

    def send(self, call: "scheduler_pb2.Call") -> None:
        """Sends a call; returns at once. `close` waits for the answer to a TEARDOWN."""
        teardown = self._scheduler._begin(call)
        if teardown is not None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                # No loop is held up here.
                return teardown.wait()
            waiting = loop.run_in_executor(None, teardown.wait)
            self._teardowns.add(waiting)
            waiting.add_done_callback(self._teardowns.discard)

    async def close(self) -> None:
        """Closes the connections; events that wait are lost, but a TEARDOWN is answered first."""
        try:
            if self._teardowns:
                await asyncio.wait(self._teardowns)
        finally:
            await super().close()

    async def call(
        self, call: "scheduler_pb2.Call", timeout: Optional[float] = None
    ) -> "Optional[scheduler_pb2.Response]":
        """Sends a call other than SUBSCRIBE and waits for the answer; see `mesos.v1.scheduler.Client.call`."""
        wait = functools.partial(self._scheduler.call, call, timeout)
        return await asyncio.get_running_loop().run_in_executor(None, wait)

    def reconnect(self) -> None:
        """Gives up the connections and makes new ones."""
        self._scheduler.reconnect()


class ExecutorClient(_Client["executor_pb2.Event"]):
    """The executor client; see `mesos.v1.executor.Client` for the arguments."""

    def __init__(
        self, *, json: bool = False, environment: Optional[Mapping[str, str]] = None
    ) -> None:
        super().__init__(executor.Client(json=json, environment=environment))
