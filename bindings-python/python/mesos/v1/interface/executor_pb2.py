"""The messages of `mesos.v1.executor_pb2` under the name that they had in the original."""

import sys

from mesos.v1 import executor_pb2

sys.modules[__name__] = executor_pb2
