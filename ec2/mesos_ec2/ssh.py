"""ssh to the machines: as root, with the key that was given."""

import os
import shutil
import subprocess
import tempfile
import time
import weakref

from mesos_ec2 import Failure

USER = "root"
RETRY_SECONDS = 2
# The names of EC2 are used again by other machines, so a host key is remembered for this run only: the first one that a
# machine shows is taken, and another one later is refused.
OPTIONS = ("StrictHostKeyChecking=accept-new", "GlobalKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=5")
# What ssh itself ends with when there was no connection.
NO_CONNECTION = 255


class NotMapped(Failure):
    """The map of addresses has no such name (yet)."""


class Ssh:
    def __init__(self, identity_file, map_file=None):
        self.identity_file = identity_file
        self.map_file = map_file
        folder = tempfile.mkdtemp(prefix="mesos-ec2-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.known_hosts = os.path.join(folder, "known_hosts")

    def address(self, name):
        """(host, port) of a machine; the map is read at each use because names are known only after the launch."""
        if self.map_file is None:
            return name, 22
        try:
            with open(self.map_file, encoding="utf-8") as lines:
                for line in lines:
                    words = line.split("#")[0].split()
                    if words and words[0] == name:
                        host, _, port = words[1].partition(":")
                        return host, int(port or 22)
        except (OSError, IndexError, ValueError) as error:
            raise NotMapped(f"the map {self.map_file}: {error}") from None
        raise NotMapped(f"the map {self.map_file} has no line for {name}")

    def command(self, name, *options):
        host, port = self.address(name)
        words = ["ssh"]
        for option in (*OPTIONS, f'UserKnownHostsFile="{self.known_hosts}"'):
            words += ["-o", option]
        if self.identity_file:
            words += ["-i", self.identity_file]
        if port != 22:
            words += ["-p", str(port)]
        return [*words, *options, f"{USER}@{host}"]

    def run(self, name, command, content=None):
        """Runs a command; its output is shown, `content` is its input."""
        words = [*self.command(name, "-o", "BatchMode=yes"), command]
        options = {"stdin": subprocess.DEVNULL} if content is None else {"input": content}
        status = subprocess.run(words, check=False, **options).returncode
        if status != 0:
            why = "ssh could not connect" if status == NO_CONNECTION else f"ended with status {status}"
            raise Failure(f"on {name}: `{command}` {why}; `--resume launch` tries again")

    def login(self, name, proxy_port=None):
        options = ("-D", proxy_port) if proxy_port else ()
        return subprocess.run(self.command(name, *options), check=False).returncode

    def await_all(self, names, seconds):
        """Waits until every machine lets us in."""
        deadline = time.monotonic() + seconds
        for name in names:
            while True:
                complaint = self.complaint(name)
                if complaint is None:
                    break
                if time.monotonic() >= deadline:
                    raise Failure(
                        f"{name} does not let us in by ssh after {seconds} s: {complaint}\n"
                        "Give it longer with -w SECONDS and go on with --resume launch"
                    )
                time.sleep(RETRY_SECONDS)

    def complaint(self, name):
        """Why we do not get in; none if we do."""
        try:
            words = [*self.command(name, "-o", "BatchMode=yes"), "true"]
        except NotMapped as failure:
            return str(failure)
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return None
        return done.stderr.strip() or f"ssh ended with status {done.returncode}"
