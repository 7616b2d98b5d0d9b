"""The three security groups of a cluster: its identity, and who may reach what.

Inside a cluster everything is open. From outside only the caller's address gets in: ssh everywhere, the UIs and APIs
of master (5050), agents (5051) and Flink (8081).
"""

import urllib.error
import urllib.request

from botocore.exceptions import ClientError

from mesos_ec2 import Failure

ROLES = {"master": "master", "slave": "slaves", "zoo": "zoo"}
PORTS = {"master": (22, 5050, 5051, 8081), "slave": (22, 5051, 8081), "zoo": (22,)}
COMPAT_PORT = 8080
ASK_ADDRESS = "https://checkip.amazonaws.com/"
ASK_SECONDS = 10


def name_of(cluster, role):
    return f"{cluster}-{ROLES[role]}"


def callers_network(given):
    """The address that Amazon sees us come from, unless the user names another."""
    if given.from_address:
        return given.from_address
    try:
        with urllib.request.urlopen(ASK_ADDRESS, timeout=ASK_SECONDS) as answer:
            return answer.read(64).decode("ascii").strip() + "/32"
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise Failure(
            f"cannot find out this machine's public address ({error}); give it with --from-address ADDRESS/32"
        ) from None


def ensure(ec2, cluster, source, compat_8080):
    """Creates what is missing and lets `source` in; the ids by role."""
    ids = {role: find_or_create(ec2, name_of(cluster, role), role) for role in ROLES}
    for role, group in ids.items():
        for other in ids.values():
            allow(ec2, group, {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]})
        for port in PORTS[role] + ((COMPAT_PORT,) if compat_8080 and role == "master" else ()):
            allow(ec2, group, from_outside(port, source))
    return ids


def from_outside(port, source):
    ranges = {"Ipv6Ranges": [{"CidrIpv6": source}]} if ":" in source else {"IpRanges": [{"CidrIp": source}]}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **ranges}


def find_or_create(ec2, name, role):
    found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]
    if found:
        return found[0]["GroupId"]
    print(f"Creating security group {name}")
    return ec2.create_security_group(GroupName=name, Description=f"Mesos EC2 {role} group")["GroupId"]


def allow(ec2, group, permission):
    try:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    except ClientError as error:
        # A cluster of that name was here before.
        if error.response["Error"]["Code"] != "InvalidPermission.Duplicate":
            raise
