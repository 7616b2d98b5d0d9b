"""The compiled half; see `mesos.scheduler`, `mesos.executor` and `mesos.v1`."""

from typing import Any, Iterable, List, Mapping, Optional, Tuple, Union

from mesos.interface import Executor, ExecutorDriver, Scheduler, SchedulerDriver, mesos_pb2, scheduler_pb2
from mesos.v1 import executor_pb2 as v1_executor
from mesos.v1 import mesos_pb2 as v1
from mesos.v1 import scheduler_pb2 as v1_scheduler

__version__: str

# Whether this is the build for the tests of panics.
injects_panics: bool

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

class V1Teardown:
    def wait(self) -> None: ...

class V1SchedulerClient:
    def __init__(
        self,
        master: str,
        credential: Optional[v1.Credential],
        json: bool,
        framework: Optional[v1.FrameworkInfo],
    ) -> None: ...
    def receive(self, limit: Optional[float] = ...) -> Union[bool, List[bytes], None]: ...
    def send(self, call: v1_scheduler.Call) -> None: ...
    def begin(self, call: v1_scheduler.Call) -> Optional[V1Teardown]: ...
    def call(
        self, call: v1_scheduler.Call, limit: Optional[float] = ...
    ) -> Tuple[int, bytes, Optional[str]]: ...
    def reconnect(self) -> None: ...
    def close(self) -> None: ...

class V1ExecutorClient:
    def __init__(self, json: bool, environment: Optional[Mapping[str, str]]) -> None: ...
    def receive(self, limit: Optional[float] = ...) -> Union[bool, List[bytes], None]: ...
    def send(self, call: v1_executor.Call) -> None: ...
    def close(self) -> None: ...
