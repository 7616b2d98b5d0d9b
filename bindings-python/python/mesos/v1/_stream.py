"""What both v1 clients share: the iterator of events."""

import enum
from collections import deque
from typing import Any, Deque, Generic, Iterator, Optional, TypeVar, Union

__all__ = ["Connection", "EventStream"]

EventType = TypeVar("EventType")
Self = TypeVar("Self", bound="EventStream[Any]")


class Connection(enum.Enum):
    """What an iterator of events answers, besides events, when the connection comes and goes."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


class EventStream(Generic[EventType]):
    """An iterator of events; it ends when the client is closed."""

    def __init__(self, native: Any, event: Any) -> None:
        self._native = native
        self._event = event
        self._waiting: "Deque[EventType]" = deque()

    def receive(self, timeout: Optional[float] = None) -> "Union[EventType, Connection, None]":
        """The next event or change of the connection; `None` if none comes within `timeout` seconds.

        Raises `EOFError` when the client is closed.
        """
        if self._waiting:
            return self._waiting.popleft()
        got = self._native.receive(timeout)
        if got is None:
            return None
        if got is True:
            return Connection.CONNECTED
        if got is False:
            return Connection.DISCONNECTED
        self._waiting.extend(map(self._event.FromString, got))
        return self._waiting.popleft()

    def send(self, call: Any) -> None:
        """Sends a call; one that does not fit the state of the connection is logged and dropped."""
        self._native.send(call)

    def close(self) -> None:
        """Closes the connections; events that wait are lost."""
        self._native.close()
        self._waiting.clear()

    def __iter__(self) -> "Iterator[Union[EventType, Connection]]":
        return self

    def __next__(self) -> "Union[EventType, Connection]":
        try:
            event = self.receive()
        except EOFError:
            raise StopIteration from None
        assert event is not None, "without a limit there is an event"
        return event

    def __enter__(self: "Self") -> "Self":
        return self

    def __exit__(self, *_error: Any) -> None:
        self.close()
