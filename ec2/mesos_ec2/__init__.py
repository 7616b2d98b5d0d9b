"""mesos-ec2: clusters on Amazon EC2, with the options and actions of the launcher of Mesos 0.23.

A cluster is whatever runs in the security groups NAME-master, NAME-slaves and NAME-zoo; nothing is kept elsewhere.
"""


class Failure(Exception):
    """What ends the program with its text and status 1."""
