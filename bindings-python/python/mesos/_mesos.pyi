"""The compiled half; see `mesos.scheduler` and `mesos.executor`."""

from typing import Any, Iterable, Mapping, Optional

from mesos.interface import Executor, ExecutorDriver, Scheduler, SchedulerDriver, mesos_pb2, scheduler_pb2

__version__: str

class MesosSchedulerDriverImpl(SchedulerDriver):
    def __init__(
        self,
        scheduler: Scheduler,
        frameworkInfo: mesos_pb2.FrameworkInfo,
        master: str,
        implicitAcknowledgements: Any = ...,
        credential: Optional[mesos_pb2.Credential] = ...,
        suppressedRoles: Optional[Iterable[str]] = ...,
        *,
        offerConstraints: Optional[scheduler_pb2.OfferConstraints] = ...,
        raise_in_run: bool = ...,
    ) -> None: ...

class MesosExecutorDriverImpl(ExecutorDriver):
    def __init__(
        self,
        executor: Executor,
        *,
        environment: Optional[Mapping[str, str]] = ...,
        raise_in_run: bool = ...,
    ) -> None: ...
