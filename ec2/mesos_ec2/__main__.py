"""The program: options, what must be there before Amazon is asked, the action."""

import os
import sys

from mesos_ec2 import Failure, options

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def check_environment():
    """Credentials come from the two variables; a profile of Amazon's own tools will do as well."""
    if os.environ.get("AWS_PROFILE"):
        return
    for name in CREDENTIALS:
        if not os.environ.get(name):
            raise Failure(f"the environment variable {name} must be set")
    try:
        import boto3  # noqa: F401
    except ImportError:
        raise Failure("boto3 is missing; it comes with `pip install boto3` or the package python3-boto3") from None


def main(words):
    try:
        given = options.parse(words)
        action = options.action_of(given)
        if action != "shutdown":
            check_environment()
        # Not before the check above: what it imports needs boto3.
        from mesos_ec2 import actions

        return actions.run(action, given)
    except Failure as failure:
        print(f"mesos-ec2: error: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmesos-ec2: interrupted; `--resume launch NAME` continues, `destroy NAME` ends it", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
