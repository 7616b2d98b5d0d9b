"""Messages of package `mesos.v1.maintenance`, from `mesos/v1/maintenance/maintenance.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/v1/maintenance/maintenance.proto", globals())
