"""The messages of `mesos.v1.scheduler_pb2` under the name that they had in the original."""

import sys

from mesos.v1 import scheduler_pb2

sys.modules[__name__] = scheduler_pb2
