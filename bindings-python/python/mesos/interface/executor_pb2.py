"""Messages of package `mesos.executor`, from `mesos/executor/executor.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/executor/executor.proto", globals())
