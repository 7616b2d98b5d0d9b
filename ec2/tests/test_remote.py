"""Which disk of a node becomes its volume: the one of the stated size, never one that carries anything."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from mesos_ec2 import setup

GB = 1 << 30
# What lsblk prints: disks NAME:GB in $DISKS, the first NVMe disk with a partition, and a loop device.
LSBLK = f"""#!/bin/sh
echo "lsblk $*" >> "$CALLS"
case "$*" in
  "-bdnpo NAME,TYPE,SIZE")
    for disk in $DISKS; do echo "${{disk%:*}} disk $((${{disk#*:}} * {GB}))"; done
    echo "/dev/loop0 loop {7 * GB}" ;;
  *"/dev/nvme0n1") printf 'nvme0n1\\nnvme0n1p1\\n' ;;
  *) echo "${{3##*/}}" ;;
esac
"""
# Ends with 2 if it finds nothing, and with 8 if it finds more than one thing.
BLKID = """#!/bin/sh
echo "blkid $*" >> "$CALLS"
case "$1 $2" in
  "-L mesos-vol") [ -n "$LABELLED" ] && echo "$LABELLED" ;;
  "-p $USED") exit 0 ;;
  "-p $AMBIGUOUS") exit 8 ;;
  *) exit 2 ;;
esac
"""
HEAD = """#!/bin/sh
[ "$3" != "$UNREADABLE" ]
"""
# Everything that would change the machine is written down instead.
CHANGE = """#!/bin/sh
echo "${0##*/} $*" >> "$CALLS"
"""
GREP = """#!/bin/sh
exit 0
"""


class Volume(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.calls = os.path.join(self.folder, "calls")
        stubs = {"lsblk": LSBLK, "blkid": BLKID, "head": HEAD, "grep": GREP, "mountpoint": "#!/bin/sh\nexit 1\n"}
        stubs.update({name: CHANGE for name in ("mkfs.ext4", "mount", "mkdir")})
        os.mkdir(os.path.join(self.folder, "stubs"))
        for name, text in stubs.items():
            path = os.path.join(self.folder, "stubs", name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o755)

    def mount_volume(self, disks, size=7, **environment):
        """The node's step on a machine with these disks; its status and what it called."""
        with open(os.path.join(setup.REMOTE, "setup-node"), encoding="utf-8") as file:
            script = file.read()
        functions = re.findall(r"^(?:is_blank|empty_disk|mount_volume)\(\) \{.*?^\}", script, re.M | re.S)
        self.assertEqual(len(functions), 3)
        marker = os.path.join(self.folder, "ebs-vol-size")
        if size:
            with open(marker, "w", encoding="utf-8") as file:
                file.write(f"{size}\n")
        elif os.path.exists(marker):
            os.remove(marker)
        with open(self.calls, "w", encoding="utf-8"):
            pass
        done = subprocess.run(
            ["sh", "-ec", "\n".join(["VOLUME_LABEL=mesos-vol", *functions, "mount_volume"])],
            env={"PATH": f"{self.folder}/stubs:{os.environ['PATH']}", "DISKS": disks, "CALLS": self.calls, **environment},
            cwd=self.folder, capture_output=True, text=True, check=False,
        )
        with open(self.calls, encoding="utf-8") as file:
            return done, file.read().splitlines()

    def formatted(self, disks, **more):
        done, calls = self.mount_volume(disks, **more)
        made = [call.split()[-1] for call in calls if call.startswith("mkfs")]
        self.assertEqual([call.split()[1] for call in calls if call.startswith("mount ")], made)
        self.assertEqual(done.returncode, 0 if made else 1)
        if not made:
            self.assertIn("there is no blank disk of 7 GB", done.stderr)
        return made

    def test_the_volume_under_every_name(self):
        self.assertEqual(self.formatted("/dev/xvda:8 /dev/xvdv:7"), ["/dev/xvdv"])
        self.assertEqual(self.formatted("/dev/sda:8 /dev/sdv:7"), ["/dev/sdv"])
        self.assertEqual(self.formatted("/dev/nvme0n1:8 /dev/nvme1n1:7"), ["/dev/nvme1n1"])
        self.assertEqual(self.formatted("/dev/nvme1n1:100 /dev/nvme2n1:7"), ["/dev/nvme2n1"])

    def test_disks_in_use_are_left_alone(self):
        self.assertEqual(self.formatted("/dev/nvme0n1:7"), [])
        self.assertEqual(self.formatted("/dev/xvda:7 /dev/xvdv:7", USED="/dev/xvdv"), [])
        self.assertEqual(self.formatted("/dev/xvdv:7", AMBIGUOUS="/dev/xvdv"), [])
        self.assertEqual(self.formatted("/dev/xvdv:7", UNREADABLE="/dev/xvdv"), [])
        self.assertEqual(self.formatted("/dev/sda:7 /dev/sdb:7"), [])

    def test_disks_of_another_size_are_left_alone(self):
        self.assertEqual(self.formatted("/dev/xvdv:8 /dev/nvme1n1:6"), [])

    def test_a_volume_of_an_earlier_setup_is_mounted_as_it_is(self):
        done, calls = self.mount_volume("/dev/xvdv:7", LABELLED="/dev/xvdv")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(calls, ["blkid -L mesos-vol", "mkdir -p /vol", "mount /dev/xvdv /vol"])

    def test_no_disk_is_looked_at_unless_one_was_attached(self):
        done, calls = self.mount_volume("/dev/xvdv:7", size=None)
        self.assertEqual((done.returncode, calls), (0, []))


class Redirect(unittest.TestCase):
    """The end of `setup`: the redirect of an earlier setup ends, and nothing else does."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.pid_file = os.path.join(self.folder, "mesos-ec2-redirect.pid")
        os.mkdir(os.path.join(self.folder, "logs"))
        self.write("redirect-8080", "import time\ntime.sleep(600)\n")

    def write(self, name, text=""):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def process(self, script):
        made = subprocess.Popen(["python3", script], cwd=self.folder)
        self.addCleanup(made.wait)
        self.addCleanup(made.kill)
        return made

    def set_up(self):
        with open(os.path.join(setup.REMOTE, "setup"), encoding="utf-8") as file:
            end = file.read().partition("REDIRECT_PID=")
        environment = {**os.environ, "RUN_FOLDER": self.folder}
        subprocess.run(["sh", "-c", "".join(end[1:])], cwd=self.folder, env=environment, check=True)

    def test_the_earlier_one_ends_when_none_is_wanted(self):
        earlier = self.process("redirect-8080")
        self.write("mesos-ec2-redirect.pid", f"{earlier.pid}\n")
        self.set_up()
        self.assertEqual(earlier.wait(timeout=10), -15)
        self.assertFalse(os.path.exists(self.pid_file))

    def test_a_wanted_one_is_known_to_the_next_setup(self):
        self.write("compat-8080")
        self.set_up()
        pid = int(pathlib.Path(self.pid_file).read_text())
        self.addCleanup(os.kill, pid, 9)
        self.assertTrue(os.path.exists(f"/proc/{pid}"))

    def test_another_process_of_that_number_is_left_alone(self):
        self.write("other", "import time\ntime.sleep(600)\n")
        other = self.process("other")
        self.write("mesos-ec2-redirect.pid", f"{other.pid}\n")
        self.set_up()
        self.assertIsNone(other.poll())


if __name__ == "__main__":
    unittest.main()
