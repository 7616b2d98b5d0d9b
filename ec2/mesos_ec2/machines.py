"""Machines: which image and type, starting them (on demand or as spot instances), finding them again."""

import base64
import random
import time
from dataclasses import dataclass

from botocore.exceptions import ClientError

from mesos_ec2 import Failure, groups

POLL_SECONDS = 5
START_LIMIT_SECONDS = 600
ZOO_COUNT = 3
# The project's own account (wiki.debian.org/Cloud/AmazonEC2Image) and the names of its images.
IMAGE_OWNER = "136693071363"
IMAGE_NAMES = {"x86_64": "debian-12-amd64-*", "arm64": "debian-12-arm64-*"}
ACTIVE = ("pending", "running", "stopping", "stopped")
# The deploy scripts and the setup log in as root, which images forbid until they are told.
USER_DATA = "#cloud-config\ndisable_root: false\n"
VOLUME_DEVICE = "/dev/sdv"


@dataclass
class Machine:
    """One instance as the last look saw it."""

    id: str
    role: str
    state: str
    public: str
    private: str
    launched: str


def find(ec2, cluster, states=ACTIVE):
    """The machines of a cluster, oldest first, so that the first master stays the first."""
    found = []
    for role in groups.ROLES:
        pages = ec2.get_paginator("describe_instances").paginate(
            Filters=[
                {"Name": "instance.group-name", "Values": [groups.name_of(cluster, role)]},
                {"Name": "instance-state-name", "Values": list(states)},
            ]
        )
        for page in pages:
            for reservation in page["Reservations"]:
                found += [machine(item, role) for item in reservation["Instances"]]
    return sorted(found, key=lambda one: (one.launched, one.id))


def machine(item, role):
    private = item.get("PrivateIpAddress") or ""
    public = item.get("PublicDnsName") or item.get("PublicIpAddress") or private
    return Machine(item["InstanceId"], role, item["State"]["Name"], public, private, str(item.get("LaunchTime", "")))


def of_role(found, role):
    return [one for one in found if one.role == role]


def architecture(ec2, instance_type):
    """x86_64 or arm64; others have no 64 bits or no image."""
    try:
        answer = ec2.describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"]
    except ClientError as error:
        raise Failure(f"the instance type {instance_type}: {error.response['Error']['Message']}") from None
    offered = answer[0]["ProcessorInfo"]["SupportedArchitectures"] if answer else []
    for wanted in IMAGE_NAMES:
        if wanted in offered:
            return wanted
    raise Failure(f"the instance type {instance_type} is not 64-bit: it offers {', '.join(offered) or 'nothing'}")


def image(ec2, given, arch):
    """The image's id: as given, or the newest of the default name."""
    if given.ami != "latest":
        return given.ami
    found = ec2.describe_images(
        Owners=[IMAGE_OWNER],
        Filters=[
            {"Name": "name", "Values": [IMAGE_NAMES[arch]]},
            {"Name": "architecture", "Values": [arch]},
            {"Name": "state", "Values": ["available"]},
        ],
    )["Images"]
    if not found:
        raise Failure(f"no image {IMAGE_NAMES[arch]} of {IMAGE_OWNER} in this region; name one with --ami")
    newest = max(found, key=lambda one: one["CreationDate"])
    print(f"Image: {newest['ImageId']} ({newest['Name']})")
    return newest["ImageId"]


def zone(ec2, given):
    if given.zone:
        return given.zone
    answer = ec2.describe_availability_zones(Filters=[{"Name": "state", "Values": ["available"]}])
    return random.choice([one["ZoneName"] for one in answer["AvailabilityZones"]])


def launch(ec2, given, ids):
    """Starts slaves, then masters, then ZooKeeper's machines, as the original did; the ids of all."""
    place = zone(ec2, given)
    master_type = given.master_instance_type or given.instance_type
    slave_arch = architecture(ec2, given.instance_type)
    if architecture(ec2, master_type) != slave_arch:
        raise Failure(f"{master_type} and {given.instance_type} have different architectures; one package is for one")
    chosen = image(ec2, given, slave_arch)

    def start(role, instance_type, count):
        print(f"Launching {count} x {instance_type} ({groups.ROLES[role]}) in {place}")
        spec = specification(given, chosen, instance_type, place, ids[role])
        if role == "slave" and given.spot_price is not None:
            return launch_spot(ec2, given, spec, count)
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": groups.name_of(given.cluster, role)}]}]
        answer = ec2.run_instances(**spec, UserData=USER_DATA, MinCount=count, MaxCount=count, TagSpecifications=tags)
        return [one["InstanceId"] for one in answer["Instances"]]

    made = start("slave", given.instance_type, given.slaves)
    made += start("master", master_type, given.ft)
    if given.ft > 1:
        made += start("zoo", master_type, ZOO_COUNT)
    return made


def specification(given, chosen, instance_type, place, group):
    """What a launch on demand and a spot request have in common."""
    spec = {
        "ImageId": chosen,
        "InstanceType": instance_type,
        "SecurityGroupIds": [group],
        "Placement": {"AvailabilityZone": place},
    }
    if given.key_pair:
        spec["KeyName"] = given.key_pair
    if given.ebs_vol_size:
        volume = {"VolumeSize": given.ebs_vol_size, "DeleteOnTermination": True}
        spec["BlockDeviceMappings"] = [{"DeviceName": VOLUME_DEVICE, "Ebs": volume}]
    return spec


def launch_spot(ec2, given, spec, count):
    """Waits until every request has its machine; takes the requests back if one never will."""
    spec = {**spec, "UserData": base64.b64encode(USER_DATA.encode()).decode()}
    answer = ec2.request_spot_instances(
        SpotPrice=str(given.spot_price), InstanceCount=count, LaunchSpecification=spec
    )["SpotInstanceRequests"]
    requests = [one["SpotInstanceRequestId"] for one in answer]
    print(f"Waiting for {count} spot instances at {given.spot_price} USD; Ctrl-C takes the requests back", flush=True)
    try:
        while True:
            now = ec2.describe_spot_instance_requests(SpotInstanceRequestIds=requests)["SpotInstanceRequests"]
            if all(one["State"] == "active" and one.get("InstanceId") for one in now):
                return [one["InstanceId"] for one in now]
            for one in now:
                if one["State"] in ("failed", "cancelled", "closed"):
                    reason = one.get("Status", {}).get("Message", one["State"])
                    raise Failure(f"the spot request {one['SpotInstanceRequestId']} ended: {reason}")
            time.sleep(POLL_SECONDS)
    except BaseException:
        ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=requests)
        print("The spot requests were cancelled; `destroy` ends what was granted already")
        raise


def await_running(ec2, cluster, ids):
    """Polls until all of `ids` run; they as machines."""
    deadline = time.monotonic() + START_LIMIT_SECONDS
    wanted = set(ids)
    told = -1
    while True:
        seen = [one for one in find(ec2, cluster, ACTIVE + ("shutting-down", "terminated")) if one.id in wanted]
        gone = [one.id for one in seen if one.state in ("shutting-down", "terminated")]
        if gone:
            raise Failure(f"{', '.join(gone)} ended while starting; the EC2 console tells why")
        running = [one for one in seen if one.state == "running"]
        if len(running) == len(wanted):
            return running
        if time.monotonic() > deadline:
            raise Failure(f"{len(running)} of {len(wanted)} machines run after {START_LIMIT_SECONDS} s")
        if len(running) != told:
            told = len(running)
            print(f"{told} of {len(wanted)} machines run, waiting", flush=True)
        time.sleep(POLL_SECONDS)
