"""Messages of package `mesos.v1.master`, from `mesos/v1/master/master.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/v1/master/master.proto", globals())
