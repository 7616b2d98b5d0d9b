"""The v1 messages (`mesos_pb2`, `scheduler_pb2`, …), and `scheduler` and `executor`, the clients of the HTTP interfaces."""
