"""The messages of `mesos.v1.allocator_pb2` under the name that they had in the original."""

import sys

from mesos.v1 import allocator_pb2

sys.modules[__name__] = allocator_pb2
