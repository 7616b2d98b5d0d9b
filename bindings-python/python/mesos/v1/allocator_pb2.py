"""Messages of package `mesos.v1.allocator`, from `mesos/v1/allocator/allocator.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/v1/allocator/allocator.proto", globals())
