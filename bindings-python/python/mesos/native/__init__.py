"""Both drivers, under the name that programs import them by."""

from mesos.executor import MesosExecutorDriver
from mesos.scheduler import MesosSchedulerDriver

__all__ = ["MesosSchedulerDriver", "MesosExecutorDriver"]
