"""The messages of `mesos.v1.resource_provider_pb2` under the name that they had in the original."""

import sys

from mesos.v1 import resource_provider_pb2

sys.modules[__name__] = resource_provider_pb2
