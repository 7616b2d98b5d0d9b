"""The package that the nodes get: a tarball or deb of this project, as a file of this machine or an address."""

import glob
import os
import subprocess
import tempfile

from mesos_ec2 import Failure

# The folder of mesos-ec2 itself; the wrapper says so, and the package lies in it.
HOME = os.environ.get("MESOS_EC2_HOME") or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATTERNS = ("mesos-[0-9]*-linux.tar.gz", "mesos_[0-9]*.deb")
# Beside the program, and where the project's own build puts packages.
PLACES = (".", "..", "../target/tarball", "../target/package")
# What makes an unpacked tarball or a private prefix one of ours.
PREFIX_MARK = ("sbin/mesos-master", "sbin/mesos-start-cluster.sh", "lib/libmesos.so")
PREFIX_FOLDERS = ("bin", "sbin", "lib", "libexec", "share", "etc")


def is_address(package):
    return package.startswith(("http://", "https://"))


def locate(given):
    """A path or an address; a package is made of our own installation if there is no other."""
    if given.package:
        if not is_address(given.package) and not os.path.isfile(given.package):
            raise Failure(f"the package {given.package} does not exist")
        if not given.package.endswith((".tar.gz", ".tgz", ".deb")):
            raise Failure(f"{given.package} is neither a .tar.gz nor a .deb")
        return given.package
    found = [name for place in PLACES for pattern in PATTERNS for name in glob.glob(os.path.join(HOME, place, pattern))]
    if found:
        return max(found, key=os.path.getmtime)
    prefix = own_prefix()
    if prefix:
        return pack(prefix)
    raise Failure(
        "there is no package for the nodes: give --package FILE|URL with mesos-VERSION.tar.gz or the .deb"
    )


def own_prefix():
    """The private installation that this program is part of; /usr is everybody's and not packed."""
    for steps in ("..", "../../.."):
        prefix = os.path.realpath(os.path.join(HOME, steps))
        is_ours = all(os.path.exists(os.path.join(prefix, mark)) for mark in PREFIX_MARK)
        if is_ours and prefix not in ("/usr", "/usr/local", "/"):
            return prefix
    return None


def pack(prefix):
    """Packs it as a release tarball is: one top folder that names it."""
    print(f"Packing {prefix}")
    file = os.path.join(tempfile.mkdtemp(prefix="mesos-ec2-"), "mesos-installed.tar.gz")
    folders = [name for name in PREFIX_FOLDERS if os.path.isdir(os.path.join(prefix, name))]
    rename = "--transform=s,^,mesos-installed/,S"
    # Nodes link nothing against the library.
    words = ["tar", "-C", prefix, "-czf", file, "--exclude=*.a", rename, *folders]
    subprocess.run(words, check=True)
    return file
