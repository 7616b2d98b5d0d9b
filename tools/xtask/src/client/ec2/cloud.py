"""What the test asks of the EC2 that moto plays.

cloud.py prepare             creates the key pair
cloud.py map FILE COUNT HOST…  once COUNT machines run, gives each a host: masters the first, slaves the others
cloud.py count               prints how many machines have not been terminated
"""

import sys
import time

import boto3

LIMIT_SECONDS = 60


def machines(ec2):
    found = [one for item in ec2.describe_instances()["Reservations"] for one in item["Instances"]]
    return [one for one in found if one["State"]["Name"] not in ("shutting-down", "terminated")]


def is_master(one):
    return any(group["GroupName"].endswith("-master") for group in one["SecurityGroups"])


def main(verb, *words):
    ec2 = boto3.client("ec2", region_name="us-east-1")
    if verb == "prepare":
        ec2.create_key_pair(KeyName="KEY")
        return 0
    if verb == "count":
        print(len(machines(ec2)))
        return 0
    path, count, *hosts = words
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        running = [one for one in machines(ec2) if one["State"]["Name"] == "running"]
        if len(running) == int(count):
            running.sort(key=lambda one: not is_master(one))
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(f"{one['PublicDnsName']} {host}:22\n" for one, host in zip(running, hosts))
            return 0
        time.sleep(0.2)
    return f"{len(running)} of {count} machines run"


sys.exit(main(*sys.argv[1:]))
