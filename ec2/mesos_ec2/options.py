"""The command line: the options of the original launcher with its defaults, and a few of our own."""

import argparse
import difflib
import ipaddress
import os

from mesos_ec2 import Failure

ACTIONS = {
    "launch": "start the machines of a new cluster and set it up (with --resume: set up what already runs)",
    "destroy": "terminate all machines of a cluster; asks first",
    "login": "open a shell on the first master",
    "stop": "stop the machines, which keep their EBS volumes; asks first",
    "start": "start stopped machines and set them up again",
    "get-master": "print the public name of the first master",
    "shutdown": "is gone: it says what to use instead",
}

USAGE = "mesos-ec2 [options] ACTION CLUSTER"
DEFAULT_BRANCH = "master"
SPOT_NOTE = "USD per hour; the slaves are then spot instances"


def at_least(least, number_of=int):
    """A number that is not smaller than `least`."""

    def parse(text):
        try:
            value = number_of(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not value >= least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return value

    return parse


def network(text):
    """An address, or a network of them, as CIDR."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def proxy_port(text):
    """`[ADDRESS:]PORT`, handed to ssh as it is."""
    port = text.rpartition(":")[2]
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not [ADDRESS:]PORT")
    return text


def parser():
    actions = "\n".join(f"  {name:<12}{what}" for name, what in ACTIONS.items())
    made = argparse.ArgumentParser(
        prog="mesos-ec2",
        usage=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Clusters on Amazon EC2. Amazon's keys are read from AWS_ACCESS_KEY_ID and\n"
        "AWS_SECRET_ACCESS_KEY, or from the profile that AWS_PROFILE names; AWS_ENDPOINT_URL is honoured.",
        epilog=f"actions:\n{actions}",
    )
    machines(made.add_argument_group("machines"))
    setup(made.add_argument_group("setting up"))
    access(made.add_argument_group("access"))
    made.add_argument("action", metavar="ACTION", nargs="?", help=argparse.SUPPRESS)
    made.add_argument("cluster", metavar="CLUSTER", nargs="?", help=argparse.SUPPRESS)
    return made


def machines(group):
    add = group.add_argument
    count = at_least(1)
    add("-s", "--slaves", metavar="N", type=count, default=1, help="slaves to launch (default %(default)s)")
    add("-f", "--ft", metavar="N", type=count, default=1,
        help="masters (default %(default)s); with more than one, 3 machines for ZooKeeper are launched too")
    add("-t", "--instance-type", metavar="TYPE", default="m6i.large",
        help="a 64-bit type (default %(default)s; the original's m1.large is no longer offered everywhere)")
    add("-m", "--master-instance-type", metavar="TYPE", help="default: that of the slaves")
    add("-z", "--zone", metavar="ZONE", default="us-east-1b",
        help="availability zone (default %(default)s); an empty text takes any of the region AWS_REGION")
    add("-a", "--ami", metavar="ID", default="latest",
        help="machine image; `latest` (the default) looks up Debian 12 for the architecture of the type")
    add("--ebs-vol-size", metavar="GB", type=at_least(0), default=0,
        help="an EBS volume of that size on every node as /vol; it ends with the machine (default: none)")
    add("--spot-price", metavar="USD", type=at_least(0.0001, float), help=SPOT_NOTE)


def setup(group):
    add = group.add_argument
    add("-w", "--wait", metavar="SECONDS", type=at_least(0), default=60,
        help="how long running machines may take until they answer ssh (default %(default)s)")
    add("--package", metavar="FILE|URL", default=os.environ.get("MESOS_EC2_PACKAGE"),
        help="mesos-VERSION.tar.gz or .deb for the nodes: uploaded, or downloaded by each node. Default: "
        "MESOS_EC2_PACKAGE, else what lies beside this program, else the installation it belongs to")
    add("-d", "--download", metavar="SRC", choices=("git", "none"), default="none",
        help="none (default). git, which built Mesos on the cluster, is refused")
    add("-b", "--branch", metavar="BRANCH", help="only with -d git")
    add("-o", "--os", metavar="NAME", default="amazon64",
        help="the tree deploy.NAME of templates for the nodes' files (default %(default)s)")
    add("--swap", metavar="MB", type=at_least(0), default=1024, help="swap space per node (default %(default)s)")
    add("--resume", action="store_true", help="launch: only set up the machines that already run")
    add("--compat-8080", action="store_true",
        help="the first master also answers on port 8080, where old texts look for the UI, with a redirect to 5050")


def access(group):
    add = group.add_argument
    add("-k", "--key-pair", metavar="NAME", help="EC2 key pair of the machines")
    add("-i", "--identity-file", metavar="FILE", help="its private key, for ssh; launch, start and login need it")
    add("-D", metavar="[ADDR:]PORT", dest="proxy_port", type=proxy_port, help="login: SOCKS proxy for a browser")
    add("--from-address", metavar="CIDR", type=network,
        help="who may reach the cluster; default: this machine's own public address, asked of Amazon")
    add("--yes", action="store_true", help="answer questions with yes")
    add("--ssh-map", metavar="FILE", help="lines `NAME HOST[:PORT]`: where ssh finds a machine; read again at each use")


def parse(words):
    return parser().parse_args(words)


def action_of(given):
    """The action's name, after what the words alone can tell is checked."""
    if given.action is None:
        raise Failure(f"which action?\nUsage: {USAGE}; --help lists the actions")
    if given.action not in ACTIONS:
        near = difflib.get_close_matches(given.action, ACTIONS, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        raise Failure(f"Invalid action: {given.action}{hint}")
    if given.action == "shutdown":
        return given.action
    if not given.cluster:
        raise Failure(f"{given.action} needs the name of a cluster\nUsage: {USAGE}")
    if given.action in ("launch", "login", "start"):
        check_identity(given)
    if given.download == "git":
        raise Failure("--download=git (building on the cluster) is not built; make a package and give --package")
    if given.branch is not None:
        raise Failure("--branch names what `-d git` would build; without that it has no meaning")
    return given.action


def check_identity(given):
    """The key must be there, and no one else's: ssh refuses it otherwise, hosts later."""
    name = given.identity_file
    if not name:
        raise Failure(f"{given.action} needs the private key of the machines: -i FILE")
    if not os.path.isfile(name):
        raise Failure(f"the identity file {name} does not exist")
    if os.stat(name).st_mode & 0o077:
        raise Failure(f"the identity file {name} can be read by others and ssh will refuse it: chmod 600 {name}")
