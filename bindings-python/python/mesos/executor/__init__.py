"""The executor driver."""

from mesos._mesos import MesosExecutorDriverImpl
from mesos.interface import ExecutorDriver

__all__ = ["MesosExecutorDriver"]


class MesosExecutorDriver(MesosExecutorDriverImpl, ExecutorDriver):
    """`MesosExecutorDriver(executor, *, environment=None, raise_in_run=False)`

    The agent tells the executor where it is through the environment of the process, which `environment` replaces. An
    exception in a callback is printed and aborts the driver; with `raise_in_run` it is not printed, but raised again
    by `run()` or `join()`.
    """
