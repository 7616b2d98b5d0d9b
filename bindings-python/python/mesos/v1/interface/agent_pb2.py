"""The messages of `mesos.v1.agent_pb2` under the name that they had in the original."""

import sys

from mesos.v1 import agent_pb2

sys.modules[__name__] = agent_pb2
