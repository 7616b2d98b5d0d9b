"""The scheduler driver."""

from mesos._mesos import MesosSchedulerDriverImpl
from mesos.interface import SchedulerDriver

__all__ = ["MesosSchedulerDriver"]


class MesosSchedulerDriver(MesosSchedulerDriverImpl, SchedulerDriver):
    """`MesosSchedulerDriver(scheduler, frameworkInfo, master, implicitAcknowledgements=True, credential=None,
    suppressedRoles=None, *, offerConstraints=None, raise_in_run=False)`

    `master` is "host:port", "file:///path" to a file that holds it, or "local"; "zk://host:port,.../path" is refused so
    far: it is not built yet. An exception in a callback is printed and aborts the driver; with `raise_in_run` it is
    not printed, but raised again by `run()` or `join()`.

    Dropping the last reference ends the driver without a word to the master, as if the process had died: call
    `stop()` first.
    """
