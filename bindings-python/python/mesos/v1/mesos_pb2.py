"""Messages of package `mesos.v1`, from `mesos/v1/mesos.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/v1/mesos.proto", globals())
