"""The command line, row by row of the table of the documents (S3-17 to S3-33)."""

import contextlib
import io
import os
import tempfile
import unittest
from unittest import mock

from mesos_ec2 import Failure, __main__, options


def quiet():
    return contextlib.redirect_stderr(io.StringIO())


class Options(unittest.TestCase):
    def setUp(self):
        self.key = tempfile.NamedTemporaryFile()
        os.chmod(self.key.name, 0o600)
        self.addCleanup(self.key.close)

    def parse(self, text):
        return options.parse(text.replace("FILE", self.key.name).split())

    def action(self, text):
        return options.action_of(self.parse(text))

    def test_the_documented_launch(self):
        given = self.parse("-k KEY -i FILE -s 10 launch mesos-cluster")
        self.assertEqual((given.key_pair, given.slaves, given.cluster), ("KEY", 10, "mesos-cluster"))
        self.assertEqual(options.action_of(given), "launch")

    def test_long_names_and_their_unambiguous_prefixes(self):
        given = self.parse(
            "--slave 3 --key-pair K --identity-file FILE --instance-type a --master-instance-type b --zone c "
            "--ami d --os e --ft 2 --ebs-vol-size 8 --swap 0 --spot-price 0.2 --wait 5 --resume launch n"
        )
        self.assertEqual((given.slaves, given.ft, given.ebs_vol_size, given.swap, given.wait), (3, 2, 8, 0, 5))
        self.assertEqual((given.instance_type, given.master_instance_type, given.zone), ("a", "b", "c"))
        self.assertTrue(given.resume)

    def test_defaults_of_the_original(self):
        given = self.parse("destroy n")
        self.assertEqual((given.slaves, given.wait, given.ft, given.swap, given.ebs_vol_size), (1, 60, 1, 1024, 0))
        self.assertEqual((given.zone, given.os, given.download), ("us-east-1b", "amazon64", "none"))
        self.assertEqual((given.branch, options.DEFAULT_BRANCH), (None, "master"))

    def test_wrong_values_are_refused(self):
        for words in ("-s 0 launch n", "-s ten launch n", "--spot-price 0 launch n", "-D 70000 login n",
                      "--from-address nowhere launch n", "--no-such launch n"):
            with self.subTest(words), quiet(), self.assertRaises(SystemExit) as ended:
                self.parse(words)
            self.assertEqual(ended.exception.code, 2)

    def test_only_some_actions_need_the_key(self):
        self.assertEqual(self.action("destroy ec2-test"), "destroy")
        self.assertEqual(self.action("get-master ec2-test"), "get-master")
        for action in ("launch", "login", "start"):
            with self.subTest(action), self.assertRaisesRegex(Failure, "-i FILE"):
                self.action(f"{action} n")
        with self.assertRaisesRegex(Failure, "does not exist"):
            self.action("-i /no/such/file launch n")
        os.chmod(self.key.name, 0o644)
        with self.assertRaisesRegex(Failure, "chmod 600"):
            self.action("-i FILE launch n")

    def test_unknown_actions_name_the_nearest(self):
        with self.assertRaisesRegex(Failure, "Invalid action: lunch; did you mean `launch`"):
            self.action("lunch n")
        with self.assertRaisesRegex(Failure, "needs the name of a cluster"):
            self.action("destroy")
        with self.assertRaisesRegex(Failure, "which action"):
            self.action("")

    def test_what_is_not_built_is_refused(self):
        with self.assertRaisesRegex(Failure, "--download=git"):
            self.action("-d git -i FILE launch n")
        with self.assertRaisesRegex(Failure, "--branch"):
            self.action("-b master -i FILE launch n")

    def test_credentials_come_first(self):
        errors = io.StringIO()
        with mock.patch.dict(os.environ, clear=True), contextlib.redirect_stderr(errors):
            self.assertEqual(__main__.main(["destroy", "n"]), 1)
        self.assertIn("AWS_ACCESS_KEY_ID must be set", errors.getvalue())

    def test_shutdown_says_what_to_use(self):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            self.assertEqual(__main__.main(["shutdown"]), 1)
        self.assertIn("no longer exists", errors.getvalue())


if __name__ == "__main__":
    unittest.main()
