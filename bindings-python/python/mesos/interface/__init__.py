"""What a framework and an executor are to Mesos: abstract base classes of both sides.

A program subclasses `Scheduler` or `Executor` and gives an instance to a driver of `mesos.native`, which implements
`SchedulerDriver` or `ExecutorDriver`. All callbacks of one driver come one after the other on a thread of the driver.
Messages are instances of the classes in `mesos.interface.mesos_pb2`; statuses of drivers are its integers
`DRIVER_NOT_STARTED`, `DRIVER_RUNNING`, `DRIVER_ABORTED` and `DRIVER_STOPPED`.
"""

import sys
from typing import TYPE_CHECKING, Any, Iterable, List, Optional, Union

if TYPE_CHECKING:
    from mesos.interface import mesos_pb2, scheduler_pb2

__all__ = ["Scheduler", "SchedulerDriver", "Executor", "ExecutorDriver"]

_Payload = Union[bytes, bytearray, memoryview, str]


class Scheduler:
    """Callbacks of a framework's scheduler; every one may be left out."""

    def registered(
        self,
        driver: "SchedulerDriver",
        frameworkId: "mesos_pb2.FrameworkID",
        masterInfo: "mesos_pb2.MasterInfo",
    ) -> None:
        """The framework has registered for the first time, under this id."""

    def reregistered(self, driver: "SchedulerDriver", masterInfo: "mesos_pb2.MasterInfo") -> None:
        """The framework is registered again, with another master or after a lost connection."""

    def disconnected(self, driver: "SchedulerDriver") -> None:
        """The connection to the master is lost; the driver tries to get it back."""

    def resourceOffers(
        self, driver: "SchedulerDriver", offers: "List[mesos_pb2.Offer]"
    ) -> None:
        """Resources to be accepted or declined; each offer is of one agent."""

    def offerRescinded(
        self, driver: "SchedulerDriver", offerId: "mesos_pb2.OfferID"
    ) -> None:
        """The offer is no longer valid; tasks launched on it become TASK_LOST."""

    def statusUpdate(self, driver: "SchedulerDriver", status: "mesos_pb2.TaskStatus") -> None:
        """A task's state has changed. With implicit acknowledgements the return acknowledges it."""

    def frameworkMessage(
        self,
        driver: "SchedulerDriver",
        executorId: "mesos_pb2.ExecutorID",
        slaveId: "mesos_pb2.SlaveID",
        message: bytes,
    ) -> None:
        """Data from an executor; best effort."""

    def slaveLost(self, driver: "SchedulerDriver", slaveId: "mesos_pb2.SlaveID") -> None:
        """An agent is unreachable; not reliable."""

    def executorLost(
        self,
        driver: "SchedulerDriver",
        executorId: "mesos_pb2.ExecutorID",
        slaveId: "mesos_pb2.SlaveID",
        status: int,
    ) -> None:
        """An executor has ended with this wait status; not reliable."""

    def error(self, driver: "SchedulerDriver", message: str) -> None:
        """Something that cannot be mended; the driver is aborted already."""
        print("Error from Mesos: %s" % message, file=sys.stderr)


class SchedulerDriver:
    """The calls of a scheduler; all but the waiting ones return at once. Each answers the driver's status."""

    def start(self) -> int:
        """Starts the driver; the connection is made in the background."""
        raise NotImplementedError

    def stop(self, failover: Any = False) -> int:
        """Stops the driver. Without failover, all tasks of the framework are killed and it is removed."""
        raise NotImplementedError

    def abort(self) -> int:
        """Stops callbacks and calls; the master is told, and makes no more offers, but lets tasks run."""
        raise NotImplementedError

    def join(self) -> int:
        """Waits until the driver is stopped or aborted."""
        raise NotImplementedError

    def run(self) -> int:
        """`start()`, then `join()`."""
        raise NotImplementedError

    def requestResources(self, requests: "Iterable[mesos_pb2.Request]") -> int:
        """Asks the allocator for resources."""
        raise NotImplementedError

    def launchTasks(
        self,
        offerIds: "Union[mesos_pb2.OfferID, Iterable[mesos_pb2.OfferID]]",
        tasks: "Iterable[mesos_pb2.TaskInfo]",
        filters: "Optional[mesos_pb2.Filters]" = None,
    ) -> int:
        """Launches tasks on offers of one agent, which are used up; no tasks decline them."""
        raise NotImplementedError

    def killTask(self, taskId: "mesos_pb2.TaskID") -> int:
        """Has a task killed; its end comes as a status update."""
        raise NotImplementedError

    def acceptOffers(
        self,
        offerIds: "Iterable[mesos_pb2.OfferID]",
        operations: "Iterable[mesos_pb2.Offer.Operation]",
        filters: "Optional[mesos_pb2.Filters]" = None,
    ) -> int:
        """Performs operations on offers of one agent, which are used up."""
        raise NotImplementedError

    def declineOffer(
        self, offerId: "mesos_pb2.OfferID", filters: "Optional[mesos_pb2.Filters]" = None
    ) -> int:
        """Gives an offer back; the filters say for how long."""
        raise NotImplementedError

    def reviveOffers(self, roles: Optional[Iterable[str]] = None) -> int:
        """Removes filters and suppression, of all roles or of these."""
        raise NotImplementedError

    def suppressOffers(self, roles: Optional[Iterable[str]] = None) -> int:
        """Asks for no more offers, for any role or for these."""
        raise NotImplementedError

    def acknowledgeStatusUpdate(self, status: "mesos_pb2.TaskStatus") -> int:
        """Acknowledges an update; only without implicit acknowledgements."""
        raise NotImplementedError

    def sendFrameworkMessage(
        self,
        executorId: "mesos_pb2.ExecutorID",
        slaveId: "mesos_pb2.SlaveID",
        data: _Payload,
    ) -> int:
        """Sends data to an executor; best effort. Text is sent as UTF-8."""
        raise NotImplementedError

    def reconcileTasks(self, statuses: "Iterable[mesos_pb2.TaskStatus]") -> int:
        """Asks for the newest state of these tasks, or of all if there are none."""
        raise NotImplementedError

    def updateFramework(
        self,
        frameworkInfo: "mesos_pb2.FrameworkInfo",
        suppressedRoles: Optional[Iterable[str]] = None,
        offerConstraints: "Optional[scheduler_pb2.OfferConstraints]" = None,
    ) -> int:
        """Changes the framework's description, the roles without offers, and the offer constraints."""
        raise NotImplementedError


class Executor:
    """Callbacks of an executor; every one may be left out."""

    def registered(
        self,
        driver: "ExecutorDriver",
        executorInfo: "mesos_pb2.ExecutorInfo",
        frameworkInfo: "mesos_pb2.FrameworkInfo",
        slaveInfo: "mesos_pb2.SlaveInfo",
    ) -> None:
        """The executor has connected to its agent."""

    def reregistered(self, driver: "ExecutorDriver", slaveInfo: "mesos_pb2.SlaveInfo") -> None:
        """The executor is connected to a restarted agent."""

    def disconnected(self, driver: "ExecutorDriver") -> None:
        """The agent has gone; it may come back."""

    def launchTask(self, driver: "ExecutorDriver", task: "mesos_pb2.TaskInfo") -> None:
        """A task to be run. No other callback comes until this one returns, so run it elsewhere."""

    def killTask(self, driver: "ExecutorDriver", taskId: "mesos_pb2.TaskID") -> None:
        """A task to be killed; the executor itself sends the update that says so."""

    def frameworkMessage(self, driver: "ExecutorDriver", message: bytes) -> None:
        """Data from the scheduler; best effort."""

    def shutdown(self, driver: "ExecutorDriver") -> None:
        """The executor is to end all its tasks and itself."""

    def error(self, driver: "ExecutorDriver", message: str) -> None:
        """Something that cannot be mended; the driver is aborted already."""
        print("Error from Mesos: %s" % message, file=sys.stderr)


class ExecutorDriver:
    """The calls of an executor. Each answers the driver's status."""

    def start(self) -> int:
        """Starts the driver; it registers with the agent in the background."""
        raise NotImplementedError

    def stop(self) -> int:
        """Stops the driver."""
        raise NotImplementedError

    def abort(self) -> int:
        """Stops callbacks and calls."""
        raise NotImplementedError

    def join(self) -> int:
        """Waits until the driver is stopped or aborted."""
        raise NotImplementedError

    def run(self) -> int:
        """`start()`, then `join()`."""
        raise NotImplementedError

    def sendStatusUpdate(self, status: "mesos_pb2.TaskStatus") -> int:
        """Tells the scheduler a task's state; sent again until the agent acknowledges it."""
        raise NotImplementedError

    def sendFrameworkMessage(self, data: _Payload) -> int:
        """Sends data to the scheduler; best effort. Text is sent as UTF-8."""
        raise NotImplementedError
