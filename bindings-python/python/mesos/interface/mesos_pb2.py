"""Messages of package `mesos`, from `mesos/mesos.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/mesos.proto", globals())
