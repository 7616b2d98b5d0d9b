"""The v1 messages (`mesos_pb2`, `scheduler_pb2`, …) and the clients of the v1 HTTP interfaces."""
