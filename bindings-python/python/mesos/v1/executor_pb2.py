"""Messages of package `mesos.v1.executor`, from `mesos/v1/executor/executor.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/v1/executor/executor.proto", globals())
