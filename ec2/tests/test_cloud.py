"""What is asked of EC2, answered by moto inside this process."""

import contextlib
import io
import os
import unittest
from unittest import mock

import boto3

# Read when moto is imported: a key pair that was not created is refused, as by Amazon, and these are all the images.
os.environ["MOTO_ENABLE_KEYPAIR_VALIDATION"] = "true"
os.environ["MOTO_AMIS_PATH"] = os.path.join(os.path.dirname(os.path.abspath(__file__)), "amis.json")
from moto import mock_aws  # noqa: E402

from mesos_ec2 import Failure, actions, groups, machines, options

SOURCE = "198.51.100.7/32"
CALLER = "--from-address 198.51.100.7"


class Cloud(unittest.TestCase):
    def setUp(self):
        keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        environment = mock.patch.dict(os.environ, keys)
        environment.start()
        self.addCleanup(environment.stop)
        os.environ.pop("AWS_ENDPOINT_URL", None)
        cloud = mock_aws()
        cloud.start()
        self.addCleanup(cloud.stop)
        self.ec2 = boto3.client("ec2", region_name="us-east-1")
        self.printed = io.StringIO()
        printing = contextlib.redirect_stdout(self.printed)
        printing.__enter__()
        self.addCleanup(printing.__exit__, None, None, None)

    def given(self, text):
        return options.parse(text.split())

    def launch(self, text):
        with mock.patch.object(actions.setup.package, "locate"):
            return actions.launch_machines(self.ec2, self.given(f"{text} {CALLER}"))

    def run_action(self, text):
        given = self.given(text)
        return actions.run(given.action, given)

    def states(self):
        return sorted(one.state for one in machines.find(self.ec2, "c"))

    def test_a_launch_makes_machines_in_their_groups(self):
        found = self.launch("-s 10 launch c")
        roles = [one.role for one in found]
        self.assertEqual((roles.count("slave"), roles.count("master"), roles.count("zoo")), (10, 1, 0))
        self.assertTrue(all(one.public and one.private for one in found))

    def test_several_masters_come_with_zookeeper_and_a_note(self):
        found = self.launch("--ft 3 launch c")
        roles = [one.role for one in found]
        self.assertEqual((roles.count("master"), roles.count("zoo")), (3, 3))
        self.assertIn("several masters wait for high availability", self.printed.getvalue())

    def test_types_and_the_volume(self):
        self.launch("-t m5.large -m m5.xlarge --ebs-vol-size 7 launch c")
        for role, kind in (("master", "m5.xlarge"), ("slave", "m5.large")):
            one = machines.of_role(machines.find(self.ec2, "c"), role)[0]
            answer = self.ec2.describe_instances(InstanceIds=[one.id])["Reservations"][0]["Instances"][0]
            self.assertEqual(answer["InstanceType"], kind)
            volume = [v for v in answer["BlockDeviceMappings"] if v["DeviceName"] == machines.VOLUME_DEVICE][0]["Ebs"]
            self.assertTrue(volume["DeleteOnTermination"])
            size = self.ec2.describe_volumes(VolumeIds=[volume["VolumeId"]])["Volumes"][0]["Size"]
            self.assertEqual(size, 7)

    def test_types_without_64_bits_are_refused(self):
        with self.assertRaisesRegex(Failure, "c9.bogus"):
            self.launch("-t c9.bogus launch c")
        with self.assertRaisesRegex(Failure, "different architectures"):
            self.launch("-t m6g.large -m m5.large launch c")
        only_32 = {"InstanceTypes": [{"ProcessorInfo": {"SupportedArchitectures": ["i386"]}}]}
        ec2 = mock.Mock(**{"describe_instance_types.return_value": only_32})
        with self.assertRaisesRegex(Failure, "is not 64-bit"):
            machines.architecture(ec2, "t1.old")
        self.assertEqual(machines.find(self.ec2, "c"), [])

    def test_ports_are_open_to_the_caller_only(self):
        ids = groups.ensure(self.ec2, "c", SOURCE, compat_8080=False)
        # A second time changes nothing.
        self.assertEqual(groups.ensure(self.ec2, "c", SOURCE, compat_8080=False), ids)
        for role, ports in (("master", {22, 5050, 5051, 8081}), ("slave", {22, 5051, 8081}), ("zoo", {22})):
            answer = self.ec2.describe_security_groups(GroupIds=[ids[role]])["SecurityGroups"][0]
            self.assertEqual(answer["GroupName"], groups.name_of("c", role))
            outside = [rule for rule in answer["IpPermissions"] if rule["IpRanges"]]
            self.assertEqual({rule["FromPort"] for rule in outside}, ports)
            self.assertEqual({r["CidrIp"] for rule in outside for r in rule["IpRanges"]}, {SOURCE})
            inside = [pair["GroupId"] for rule in answer["IpPermissions"] for pair in rule["UserIdGroupPairs"]]
            self.assertEqual(sorted(inside), sorted(ids.values()))

    def test_8080_is_opened_when_asked_for(self):
        ids = groups.ensure(self.ec2, "c", SOURCE, compat_8080=True)
        answer = self.ec2.describe_security_groups(GroupIds=[ids["master"]])["SecurityGroups"][0]
        self.assertIn(8080, [rule.get("FromPort") for rule in answer["IpPermissions"]])

    def test_a_second_launch_of_the_name_is_refused(self):
        self.launch("launch c")
        with self.assertRaisesRegex(Failure, "exists already"):
            self.launch("launch c")
        # Another name is another cluster (S3-33).
        self.launch("launch other")
        self.assertEqual(len(machines.find(self.ec2, "c")), 2)

    def test_stop_and_destroy_ask_first(self):
        self.launch("launch c")
        for answer, action in (("", "stop"), ("n", "destroy")):
            with mock.patch("builtins.input", return_value=answer):
                self.run_action(f"{action} c")
        with mock.patch("builtins.input", side_effect=EOFError):
            self.run_action("destroy c")
        self.assertEqual(self.states(), ["running", "running"])
        with mock.patch("builtins.input", return_value="y"):
            self.run_action("stop c")
        self.assertEqual(self.states(), ["stopped", "stopped"])

    def test_what_was_stopped_starts_again(self):
        self.launch("launch c")
        self.run_action("--yes stop c")
        with mock.patch.object(actions, "set_up", return_value=0) as set_up:
            self.run_action("start c")
        self.assertEqual(self.states(), ["running", "running"])
        self.assertFalse(set_up.call_args.kwargs["copy_key"])

    def test_destroy_terminates_all(self):
        self.launch("-s 2 --ft 2 launch c")
        self.run_action("--yes destroy c")
        self.assertEqual(machines.find(self.ec2, "c"), [])
        with self.assertRaisesRegex(Failure, "has no machines"):
            self.run_action("--yes destroy c")

    def test_get_master_prints_the_name_alone(self):
        found = self.launch("launch c")
        self.printed.truncate(0)
        self.printed.seek(0)
        self.run_action("get-master c")
        self.assertEqual(self.printed.getvalue().strip(), machines.of_role(found, "master")[0].public)

    def test_resume_sets_up_what_runs(self):
        self.launch("-s 2 launch c")
        with mock.patch.object(actions, "set_up", return_value=0) as set_up:
            self.run_action("--resume launch c")
        self.assertEqual(len(set_up.call_args.args[1]), 3)
        with self.assertRaisesRegex(Failure, "there is no master"):
            self.run_action("--resume launch unknown")

    def test_spot_instances(self):
        ids = groups.ensure(self.ec2, "c", SOURCE, compat_8080=False)
        given = self.given("-s 3 --spot-price 0.1 launch c")
        spec = machines.specification(given, "ami-00000002", "m5.large", "us-east-1b", ids["slave"])
        self.assertEqual(len(set(machines.launch_spot(self.ec2, given, spec, 3))), 3)

    def test_spot_requests_that_fail_are_taken_back(self):
        ec2 = mock.Mock()
        ec2.request_spot_instances.return_value = {"SpotInstanceRequests": [{"SpotInstanceRequestId": "sir-1"}]}
        bad = {"SpotInstanceRequestId": "sir-1", "State": "failed", "Status": {"Message": "price too low"}}
        ec2.describe_spot_instance_requests.return_value = {"SpotInstanceRequests": [bad]}
        with self.assertRaisesRegex(Failure, "price too low"):
            machines.launch_spot(ec2, self.given("--spot-price 0.1 launch c"), {}, 1)
        ec2.cancel_spot_instance_requests.assert_called_once_with(SpotInstanceRequestIds=["sir-1"])

    def test_the_newest_default_image(self):
        for arch, wanted in (("x86_64", "debian-12-amd64-20250101-2"), ("arm64", "debian-12-arm64-20250101-2")):
            chosen = machines.image(self.ec2, self.given("launch c"), arch)
            name = self.ec2.describe_images(ImageIds=[chosen])["Images"][0]["Name"]
            # One of another owner does not count.
            self.assertEqual(name, wanted)
        images = [{"ImageId": f"ami-{year}", "Name": "n", "CreationDate": f"{year}-01-01"} for year in (2023, 2025, 2024)]
        several = mock.Mock(**{"describe_images.return_value": {"Images": images}})
        self.assertEqual(machines.image(several, self.given("launch c"), "x86_64"), "ami-2025")
        self.assertEqual(machines.image(self.ec2, self.given("--ami ami-7 launch c"), "x86_64"), "ami-7")
        nothing = mock.Mock(**{"describe_images.return_value": {"Images": []}})
        with self.assertRaisesRegex(Failure, "name one with --ami"):
            machines.image(nothing, self.given("launch c"), "x86_64")

    def test_an_empty_zone_takes_any(self):
        self.assertIn(machines.zone(self.ec2, options.parse(["-z", "", "launch", "c"])),
                      [f"us-east-1{letter}" for letter in "abcdef"])
        for zone, region in (("us-west-2-lax-1a", "us-west-2"), ("eu-central-1b", "eu-central-1")):
            client = actions.connect(options.parse(["-z", zone, "destroy", "c"]))
            self.assertEqual(client.meta.region_name, region)
        with self.assertRaisesRegex(Failure, "no availability zone"):
            actions.connect(options.parse(["-z", "here", "destroy", "c"]))

    def test_answers_of_ec2_become_one_line(self):
        with self.assertRaisesRegex(Failure, "EC2 answers InvalidKeyPair.NotFound"):
            with mock.patch.object(actions.setup.package, "locate"):
                given = options.parse(["-k", "nokey", *CALLER.split(), "launch", "c"])
                actions.run("launch", given)


if __name__ == "__main__":
    unittest.main()
