"""What each action does, over one connection to EC2."""

import os
import re
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from mesos_ec2 import Failure, groups, machines, setup
from mesos_ec2.machines import find, of_role
from mesos_ec2.ssh import Ssh

DEFAULT_REGION = "us-east-1"
REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")
SEVERAL_MASTERS = """\
note: several masters wait for high availability, which this version does not have. The {more} other masters and the
      {zoo} ZooKeeper machines are launched and cost money, but only the first master is started; nothing is installed
      on the others."""


def run(action, given):
    if action == "shutdown":
        raise Failure(
            "shutdown no longer exists: use `stop` to pause a cluster that keeps its EBS volumes, or `destroy`"
        )
    try:
        return TABLE[action](connect(given), given)
    except ClientError as error:
        answer = error.response["Error"]
        raise Failure(f"EC2 answers {answer['Code']}: {answer['Message']}") from None
    except BotoCoreError as error:
        raise Failure(f"EC2 cannot be asked: {error}") from None


def connect(given):
    """The zone names its region: us-east-1b lies in us-east-1, us-west-2-lax-1a in us-west-2."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    if given.zone:
        named = REGION.match(given.zone)
        if named is None:
            raise Failure(f"{given.zone} is no availability zone; they look like us-east-1b")
        region = named.group()
    return boto3.client("ec2", region_name=region)


def ssh_of(given):
    return Ssh(given.identity_file, given.ssh_map)


def confirmed(given, question):
    if given.yes:
        return True
    try:
        return input(f"{question} (y/N): ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def existing(ec2, given, states=machines.ACTIVE):
    found = find(ec2, given.cluster, states)
    counts = ", ".join(f"{len(of_role(found, role))} {name}" for role, name in groups.ROLES.items())
    print(f"Found in {given.cluster}: {counts}")
    if not of_role(found, "master"):
        raise Failure(f"there is no master in the group {groups.name_of(given.cluster, 'master')}")
    return found


def launch(ec2, given):
    if given.resume:
        found = existing(ec2, given, ("pending", "running"))
    else:
        found = launch_machines(ec2, given)
    return set_up(given, found, copy_key=True)


def launch_machines(ec2, given):
    if find(ec2, given.cluster):
        raise Failure(
            f"the cluster {given.cluster} exists already: --resume sets it up again, `destroy` ends it"
        )
    # Whatever can be wrong on this machine should be so before Amazon sends a bill.
    setup.package.locate(given)
    if given.ft > 1:
        print(SEVERAL_MASTERS.format(more=given.ft - 1, zoo=machines.ZOO_COUNT))
    source = groups.callers_network(given)
    print(f"The cluster will be reachable from {source} only")
    ids = groups.ensure(ec2, given.cluster, source, given.compat_8080)
    return machines.await_running(ec2, given.cluster, machines.launch(ec2, given, ids))


def set_up(given, found, copy_key):
    masters, slaves, zoos = (of_role(found, role) for role in groups.ROLES)
    ssh = ssh_of(given)
    print(f"Waiting until the machines answer ssh (at most {given.wait} s)", flush=True)
    ssh.await_all([one.public for one in [masters[0], *slaves]], given.wait)
    setup.run(given, ssh, masters, slaves, zoos, copy_key)
    name = masters[0].public
    print(f"Mesos: http://{name}:5050")
    if given.compat_8080:
        print(f"       http://{name}:8080 leads there as well")
    else:
        print(f"(Old texts name http://{name}:8080; nothing answers there without --compat-8080.)")
    print("HDFS is not set up, neither ephemeral nor persistent; hadoop.apache.org has it.")
    return 0


def destroy(ec2, given):
    found = find(ec2, given.cluster)
    if not found:
        raise Failure(f"the cluster {given.cluster} has no machines")
    question = f"Destroy {len(found)} machines of {given.cluster}, with everything on them?"
    if not confirmed(given, question):
        print("Nothing was destroyed")
        return 0
    ec2.terminate_instances(InstanceIds=[one.id for one in found])
    print(f"{len(found)} machines are being terminated; the security groups stay")
    return 0


def stop(ec2, given):
    found = [one for one in existing(ec2, given) if one.state in ("pending", "running")]
    question = f"Stop {len(found)} machines of {given.cluster}? Only what is on EBS volumes is kept."
    if not found or not confirmed(given, question):
        print("Nothing was stopped")
        return 0
    ec2.stop_instances(InstanceIds=[one.id for one in found])
    print(f"{len(found)} machines are being stopped; `start {given.cluster}` brings them back")
    return 0


def start(ec2, given):
    found = existing(ec2, given)
    while any(one.state == "stopping" for one in found):
        print("Some machines are still stopping, waiting")
        time.sleep(machines.POLL_SECONDS)
        found = find(ec2, given.cluster)
    stopped = [one.id for one in found if one.state == "stopped"]
    if stopped:
        ec2.start_instances(InstanceIds=stopped)
    # Their names and addresses may have changed.
    running = machines.await_running(ec2, given.cluster, [one.id for one in found])
    return set_up(given, running, copy_key=False)


def login(ec2, given):
    first = of_role(existing(ec2, given, ("pending", "running")), "master")[0]
    print(f"Logging in to {first.public}", flush=True)
    return ssh_of(given).login(first.public, given.proxy_port)


def get_master(ec2, given):
    found = of_role(find(ec2, given.cluster, ("pending", "running")), "master")
    if not found:
        raise Failure(f"there is no running master in the cluster {given.cluster}")
    print(found[0].public)
    return 0


TABLE = {
    "launch": launch,
    "destroy": destroy,
    "stop": stop,
    "start": start,
    "login": login,
    "get-master": get_master,
}
