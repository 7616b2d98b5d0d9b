"""Which disk of a node becomes its volume: never one that carries anything."""

import os
import re
import subprocess
import tempfile
import unittest

from mesos_ec2 import setup

# What lsblk and blkid print: two disks in use, the volume, and the volume of instances with NVMe.
LSBLK = """#!/bin/sh
case "$*" in
  "-dnpo NAME,TYPE") printf '%s disk\\n' $DISKS; echo '/dev/loop0 loop' ;;
  *"/dev/nvme0n1") printf 'nvme0n1\\nnvme0n1p1\\n' ;;
  *) echo "${3##*/}" ;;
esac
"""
BLKID = """#!/bin/sh
[ "$5" != "$USED" ] || echo ext4
"""


class Volume(unittest.TestCase):
    def chosen(self, disks, used=""):
        with open(os.path.join(setup.REMOTE, "setup-node"), encoding="utf-8") as file:
            function = re.search(r"^empty_disk\(\) \{.*?^\}", file.read(), re.M | re.S).group()
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("lsblk", LSBLK), ("blkid", BLKID)):
                path = os.path.join(folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                os.chmod(path, 0o755)
            environment = {"PATH": f"{folder}:{os.environ['PATH']}", "DISKS": disks, "USED": used}
            done = subprocess.run(
                ["sh", "-ec", f"{function}\nempty_disk"], env=environment, capture_output=True, text=True, check=True
            )
        return done.stdout.split()

    def test_the_volume_under_every_name(self):
        self.assertEqual(self.chosen("/dev/xvda /dev/xvdv"), ["/dev/xvdv"])
        self.assertEqual(self.chosen("/dev/sda /dev/sdv"), ["/dev/sdv"])
        self.assertEqual(self.chosen("/dev/nvme0n1 /dev/nvme1n1"), ["/dev/nvme1n1"])

    def test_disks_in_use_are_left_alone(self):
        self.assertEqual(self.chosen("/dev/nvme0n1"), [])
        self.assertEqual(self.chosen("/dev/xvda /dev/xvdv", used="/dev/xvdv"), [])
        self.assertEqual(self.chosen("/dev/sda /dev/sdb"), [])


if __name__ == "__main__":
    unittest.main()
