"""Addresses, templates and the folder that goes to the first master."""

import io
import os
import subprocess
import tarfile
import tempfile
import unittest
from unittest import mock

from mesos_ec2 import Failure, options, package, setup
from mesos_ec2.machines import Machine
from mesos_ec2.ssh import NotMapped, Ssh

MASTER = Machine("i-1", "master", "running", "m.example", "10.0.0.1", "1")
SLAVES = [Machine("i-2", "slave", "running", "a.example", "10.0.0.2", "2"),
          Machine("i-3", "slave", "running", "b.example", "10.0.0.3", "3")]


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name, text=""):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_the_map_is_read_at_each_use(self):
        ssh = Ssh("key", self.file("map", "# names\nm.example 127.0.0.1:2222\n"))
        self.assertEqual(ssh.address("m.example"), ("127.0.0.1", 2222))
        self.assertIn("2222", ssh.command("m.example"))
        with self.assertRaises(NotMapped):
            ssh.address("a.example")
        self.file("map", "a.example 10.99.0.12\n")
        self.assertEqual(ssh.address("a.example"), ("10.99.0.12", 22))
        self.assertEqual(Ssh("key").address("a.example"), ("a.example", 22))

    def test_host_keys_are_remembered_for_one_run(self):
        ssh = Ssh("key", self.file("map", "m.example 127.0.0.1:2222\n"))
        words = [*ssh.command("m.example"), "true"]
        said = subprocess.run([words[0], "-G", *words[1:]], capture_output=True, text=True, check=True).stdout
        self.assertIn("stricthostkeychecking accept-new\n", said)
        self.assertIn(f"userknownhostsfile {ssh.known_hosts}\n", said)
        self.assertNotEqual(ssh.known_hosts, Ssh("key").known_hosts)

    def test_words_reach_the_setup_as_they_were_typed(self):
        given = options.parse(["--package", self.file("mesos.deb", "x"), "--os", "amazon64", "launch", "c"])
        given.os, ran = "a b;$(reboot)", []
        ssh = mock.Mock(run=lambda name, command, content=None: ran.append(command))
        with mock.patch.object(setup, "bundle", return_value=b""):
            setup.run(given, ssh, [MASTER], SLAVES, [], copy_key=False)
        self.assertEqual(ran[-1], "mesos-ec2/setup 'a b;$(reboot)' none master 1024")

    def test_a_silent_machine_ends_the_wait_with_its_name(self):
        ssh = Ssh("key", self.file("map"))
        with self.assertRaisesRegex(Failure, "m.example does not let us in by ssh after 0 s.*no line"):
            ssh.await_all(["m.example"], 0)

    def test_the_bundle_has_all_that_the_master_needs(self):
        archive = self.file("mesos-1.11.0.tar.gz", "x")
        given = options.parse(["--package", archive, "--compat-8080", "launch", "c"])
        content = setup.bundle(given, Ssh("key"), [MASTER], SLAVES, [])
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            read = {entry.name: tar.extractfile(entry).read().decode() for entry in tar if entry.isfile()}
            modes = {entry.name: entry.mode for entry in tar}
        self.assertEqual(read["nodes"],
                         "master 10.0.0.1 m.example\nslave 10.0.0.2 a.example\nslave 10.0.0.3 b.example\n")
        self.assertEqual(read["files/etc/mesos/masters"], "10.0.0.1\n")
        self.assertEqual(read["files/etc/mesos/slaves"], "10.0.0.2\n10.0.0.3\n")
        self.assertIn("MESOS_master=10.0.0.1:5050", read["files/etc/mesos/mesos-agent-env.sh"])
        self.assertIn("MESOS_hostname={{hostname}}", read["files/etc/mesos/mesos-agent-env.sh"])
        self.assertEqual(read["package/mesos-1.11.0.tar.gz"], "x")
        self.assertIn("compat-8080", read)
        self.assertNotIn("ebs-vol-size", read)
        self.assertTrue(all(modes[name] & 0o100 for name in ("setup", "setup-node", "copy-dir")))

    def test_the_bundle_states_the_size_of_the_volume(self):
        given = options.parse(["--package", self.file("mesos.deb", "x"), "--ebs-vol-size", "7", "launch", "c"])
        content = setup.bundle(given, Ssh("key"), [MASTER], SLAVES, [])
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            self.assertEqual(tar.extractfile("ebs-vol-size").read(), b"7\n")

    def test_an_address_is_left_to_the_nodes(self):
        given = options.parse(["--package", "https://example.org/mesos_1.11.0_amd64.deb", "launch", "c"])
        content = setup.bundle(given, Ssh("key"), [MASTER], SLAVES, [])
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            self.assertIn("package.url", tar.getnames())
            self.assertFalse([name for name in tar.getnames() if name.startswith("package/")])

    def test_templates_with_unknown_names_are_refused(self):
        with self.assertRaisesRegex(Failure, "hdfs_data_dirs"):
            setup.render("{{hdfs_data_dirs}}", {"master_list": ""}, "core-site.xml")
        with self.assertRaisesRegex(Failure, "there are: amazon64"):
            list(setup.rendered("solaris", {}))

    def test_which_package_goes_to_the_nodes(self):
        home = os.path.join(self.folder, "mesos-1.11.0/ec2")
        os.makedirs(home)
        with mock.patch.object(package, "HOME", home), mock.patch.dict(os.environ):
            os.environ.pop("MESOS_EC2_PACKAGE", None)
            given = options.parse(["launch", "c"])
            with self.assertRaisesRegex(Failure, "give --package"):
                package.locate(given)
            for mark in package.PREFIX_MARK:
                self.file(f"mesos-1.11.0/{mark}", "program")
            with tarfile.open(package.locate(given)) as tar:
                self.assertIn("mesos-installed/sbin/mesos-master", tar.getnames())
            beside = self.file("mesos-1.11.0/mesos-1.11.0-x86_64-linux.tar.gz")
            self.assertEqual(os.path.realpath(package.locate(given)), os.path.realpath(beside))
        for wrong in ("/no/such/mesos.deb", self.file("mesos.zip")):
            with self.assertRaises(Failure):
                package.locate(options.parse(["--package", wrong, "launch", "c"]))


if __name__ == "__main__":
    unittest.main()
