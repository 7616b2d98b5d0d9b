"""The messages of `mesos.v1.quota_pb2` under the name that they had in the original."""

import sys

from mesos.v1 import quota_pb2

sys.modules[__name__] = quota_pb2
