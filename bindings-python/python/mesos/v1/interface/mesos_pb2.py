"""The messages of `mesos.v1.mesos_pb2` under the name that they had in the original."""

import sys

from mesos.v1 import mesos_pb2

sys.modules[__name__] = mesos_pb2
