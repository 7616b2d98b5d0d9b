"""The v0 drivers on asyncio: a bridge for callbacks, and calls that wait as coroutines."""

import asyncio
import functools
import inspect
import threading
from typing import Any, Callable, Coroutine, Iterable, Mapping, Optional, cast

from mesos import native
from mesos.interface import Executor, Scheduler, mesos_pb2, scheduler_pb2

__all__ = ["MesosExecutorDriver", "MesosSchedulerDriver"]


async def _invoke(callback: Callable[..., Any], *arguments: Any) -> Any:
    answer = callback(*arguments)
    return await answer if inspect.isawaitable(answer) else answer


class _Bridge:
    """Stands for the user's object: what the driver's thread calls, runs on the event loop while that thread waits."""

    def __init__(self, user: Any, driver: "_Driver") -> None:
        self._user = user
        self._driver = driver
        self.loop: "Optional[asyncio.AbstractEventLoop]" = None
        self._early: "Optional[asyncio.Task[Any]]" = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        callback = getattr(self._user, name)

        def call(_native: Any, *arguments: Any) -> Any:
            started = _invoke(callback, self._driver, *arguments)
            if self.loop is None:
                return self._before_start(started)
            return asyncio.run_coroutine_threadsafe(started, self.loop).result()

        return call

    def _before_start(self, started: "Coroutine[Any, Any, Any]") -> Any:
        """`error` of a driver that could not be made; it comes on the thread that makes it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(started)
        self._early = loop.create_task(started)
        return None


async def _in_thread(function: Callable[[], int]) -> int:
    """Runs what waits in a thread of its own; it does not keep the interpreter alive."""
    loop = asyncio.get_running_loop()
    done: "asyncio.Future[int]" = loop.create_future()

    def finish(set_result: Callable[[Any], None], result: Any) -> None:
        if not done.done():
            set_result(result)

    def run() -> None:
        try:
            result = function()
        except BaseException as error:
            report = functools.partial(finish, done.set_exception, error)
        else:
            report = functools.partial(finish, done.set_result, result)
        try:
            loop.call_soon_threadsafe(report)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            pass

    threading.Thread(target=run, name="mesos-wait", daemon=True).start()
    return await done


class _Driver:
    """What both drivers have in common. An exception in a callback aborts the driver; `run` and `join` raise it."""

    _native: Any
    _bridge: _Bridge

    async def start(self) -> int:
        """Starts the driver; callbacks run on the event loop that this runs on."""
        self._bridge.loop = asyncio.get_running_loop()
        return await _in_thread(self._native.start)

    async def stop(self, *failover: Any) -> int:
        return await _in_thread(functools.partial(self._native.stop, *failover))

    async def abort(self) -> int:
        return await _in_thread(self._native.abort)

    async def join(self) -> int:
        """Waits until the driver is stopped or aborted."""
        return await _in_thread(self._native.join)

    async def run(self) -> int:
        """`start()`, then `join()`. When it is cancelled, the driver is stopped."""
        try:
            await self.start()
            return await self.join()
        except asyncio.CancelledError:
            await asyncio.shield(self.stop())
            raise

    async def __aenter__(self) -> Any:
        await self.start()
        return self

    async def __aexit__(self, *_error: Any) -> None:
        await self.stop()


class MesosSchedulerDriver(_Driver):
    """The scheduler driver; see `mesos.native.MesosSchedulerDriver` for the arguments."""

    def __init__(
        self,
        scheduler: Scheduler,
        frameworkInfo: "mesos_pb2.FrameworkInfo",
        master: str,
        implicitAcknowledgements: Any = True,
        credential: "Optional[mesos_pb2.Credential]" = None,
        suppressedRoles: Optional[Iterable[str]] = None,
        *,
        offerConstraints: "Optional[scheduler_pb2.OfferConstraints]" = None,
    ) -> None:
        self._bridge = _Bridge(scheduler, self)
        self._native = native.MesosSchedulerDriver(
            cast(Any, self._bridge),
            frameworkInfo,
            master,
            implicitAcknowledgements,
            credential,
            suppressedRoles,
            offerConstraints=offerConstraints,
            raise_in_run=True,
        )

    async def stop(self, failover: Any = False) -> int:
        """Stops the driver. Without failover, all tasks of the framework are killed and it is removed."""
        return await super().stop(failover)

    # The calls below return at once.

    _native: native.MesosSchedulerDriver

    def requestResources(self, requests: Any) -> int:
        return self._native.requestResources(requests)

    def launchTasks(self, offerIds: Any, tasks: Any, filters: Any = None) -> int:
        return self._native.launchTasks(offerIds, tasks, filters)

    def killTask(self, taskId: "mesos_pb2.TaskID") -> int:
        return self._native.killTask(taskId)

    def acceptOffers(self, offerIds: Any, operations: Any, filters: Any = None) -> int:
        return self._native.acceptOffers(offerIds, operations, filters)

    def declineOffer(self, offerId: "mesos_pb2.OfferID", filters: Any = None) -> int:
        return self._native.declineOffer(offerId, filters)

    def reviveOffers(self, roles: Optional[Iterable[str]] = None) -> int:
        return self._native.reviveOffers(roles)

    def suppressOffers(self, roles: Optional[Iterable[str]] = None) -> int:
        return self._native.suppressOffers(roles)

    def acknowledgeStatusUpdate(self, status: "mesos_pb2.TaskStatus") -> int:
        return self._native.acknowledgeStatusUpdate(status)

    def sendFrameworkMessage(self, executorId: Any, slaveId: Any, data: Any) -> int:
        return self._native.sendFrameworkMessage(executorId, slaveId, data)

    def reconcileTasks(self, statuses: Any) -> int:
        return self._native.reconcileTasks(statuses)

    def updateFramework(
        self, frameworkInfo: Any, suppressedRoles: Any = None, offerConstraints: Any = None
    ) -> int:
        return self._native.updateFramework(frameworkInfo, suppressedRoles, offerConstraints)


class MesosExecutorDriver(_Driver):
    """The executor driver; see `mesos.native.MesosExecutorDriver` for the arguments."""

    def __init__(
        self, executor: Executor, *, environment: Optional[Mapping[str, str]] = None
    ) -> None:
        self._bridge = _Bridge(executor, self)
        self._native = native.MesosExecutorDriver(
            cast(Any, self._bridge),
            environment=environment,
            raise_in_run=True,
        )

    async def stop(self) -> int:
        """Stops the driver."""
        return await super().stop()

    # The calls below return at once.

    _native: native.MesosExecutorDriver

    def sendStatusUpdate(self, status: "mesos_pb2.TaskStatus") -> int:
        return self._native.sendStatusUpdate(status)

    def sendFrameworkMessage(self, data: Any) -> int:
        return self._native.sendFrameworkMessage(data)
