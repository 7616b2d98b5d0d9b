"""Messages of package `mesos.v1.scheduler`, from `mesos/v1/scheduler/scheduler.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/v1/scheduler/scheduler.proto", globals())
