"""Messages of package `mesos.v1.agent`, from `mesos/v1/agent/agent.proto`."""

from mesos.interface._messages import define as _define

_define("mesos/v1/agent/agent.proto", globals())
