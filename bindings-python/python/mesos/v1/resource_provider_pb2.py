"""Messages of package `mesos.v1.resource_provider`, from `mesos/v1/resource_provider/resource_provider.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/v1/resource_provider/resource_provider.proto", globals())
