"""Setting a cluster up: renders the nodes' files, brings them to the first master and runs `setup` there.

From there on the first master does the work, so that the package crosses the wide network once.
"""

import io
import os
import re
import shlex
import tarfile

from mesos_ec2 import Failure, options, package

REMOTE = os.path.join(package.HOME, "remote")
VARIABLE = re.compile(r"\{\{(\w+)\}\}")
# Filled in by each node for itself.
OF_THE_NODE = ("hostname", "address")
UNPACK = "rm -rf mesos-ec2 && mkdir -p mesos-ec2 && tar -xf - -C mesos-ec2"
COPY_KEY = "umask 077 && mkdir -p .ssh && cat > .ssh/id_rsa"


def inside(ssh, machine):
    """The address by which the other nodes reach a machine."""
    return machine.private if ssh.map_file is None else ssh.address(machine.public)[0]


def variables(ssh, masters, slaves, zoos):
    """What templates may name; only the first master runs as long as there is no high availability."""
    first = masters[0]
    return {
        "master_list": inside(ssh, first),
        "active_master": inside(ssh, first),
        "slave_list": "\n".join(inside(ssh, one) for one in slaves),
        "zoo_list": "\n".join(inside(ssh, one) for one in zoos),
        "cluster_url": f"{inside(ssh, first)}:5050",
    }


def render(text, values, name):
    def value(match):
        variable = match.group(1)
        if variable in OF_THE_NODE:
            return match.group(0)
        if variable not in values:
            raise Failure(f"the template {name} names {match.group(0)}; known are {', '.join([*values, *OF_THE_NODE])}")
        return values[variable]

    return VARIABLE.sub(value, text)


def rendered(os_name, values):
    """(name, text) of every file of the tree `deploy.NAME`."""
    tree = os.path.join(package.HOME, f"deploy.{os_name}")
    if not os.path.isdir(tree):
        known = sorted(name[7:] for name in os.listdir(package.HOME) if name.startswith("deploy."))
        raise Failure(f"there are no templates for --os {os_name}; there are: {', '.join(known)}")
    for folder, _, names in os.walk(tree):
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as file:
                yield os.path.relpath(path, tree), render(file.read(), values, path)


def bundle(given, ssh, masters, slaves, zoos):
    """The folder mesos-ec2 of the first master, as a tar file's bytes."""
    chosen = package.locate(given)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in sorted(os.listdir(REMOTE)):
            tar.add(os.path.join(REMOTE, name), arcname=name)
        for name, text in rendered(given.os, variables(ssh, masters, slaves, zoos)):
            add(tar, f"files/{name}", text)
        nodes = [("master", masters[0]), *(("slave", one) for one in slaves)]
        lines = [f"{role} {inside(ssh, one)} {one.public}\n" for role, one in nodes]
        add(tar, "nodes", "".join(lines))
        if package.is_address(chosen):
            add(tar, "package.url", chosen + "\n")
        else:
            print(f"Package: {chosen}")
            tar.add(chosen, arcname="package/" + os.path.basename(chosen))
        if given.compat_8080:
            add(tar, "compat-8080", "")
        # Without this file no node touches a disk.
        if given.ebs_vol_size > 0:
            add(tar, "ebs-vol-size", f"{given.ebs_vol_size}\n")
    return buffer.getvalue()


def add(tar, name, text):
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def run(given, ssh, masters, slaves, zoos, copy_key):
    first = masters[0].public
    content = bundle(given, ssh, masters, slaves, zoos)
    print(f"Copying {len(content) >> 20} MB to {first}")
    ssh.run(first, UNPACK, content)
    if copy_key:
        print("Copying the SSH key to the first master")
        with open(given.identity_file, "rb") as key:
            ssh.run(first, COPY_KEY, key.read())
    print(f"Running setup on {first}", flush=True)
    words = ["mesos-ec2/setup", given.os, given.download, given.branch or options.DEFAULT_BRANCH, str(given.swap)]
    ssh.run(first, shlex.join(words))
