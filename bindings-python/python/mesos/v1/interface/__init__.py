"""The messages of `mesos.v1` under the names that they had in the original."""
