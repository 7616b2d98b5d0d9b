"""The messages of `mesos.v1.maintenance_pb2` under the name that they had in the original."""

import sys

from mesos.v1 import maintenance_pb2

sys.modules[__name__] = maintenance_pb2
