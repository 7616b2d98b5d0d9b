"""Messages of package `mesos.v1.quota`, from `mesos/v1/quota/quota.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/v1/quota/quota.proto", globals())
