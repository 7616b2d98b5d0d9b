"""Messages of package `mesos.scheduler`, from `mesos/scheduler/scheduler.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/scheduler/scheduler.proto", globals())
