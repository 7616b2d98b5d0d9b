"""The messages of `mesos.v1.master_pb2` under the name that they had in the original."""

import sys

from mesos.v1 import master_pb2

sys.modules[__name__] = master_pb2
