"""Tests of mesos-ec2; `python3 -m unittest discover -s ec2/tests -t ec2` with moto installed."""
