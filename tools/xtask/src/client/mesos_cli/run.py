"""One command of mesos.cli as its console scripts run it.

usage: run.py COMMAND [ARGUMENTS]
"""

import importlib
import sys

command = sys.argv[1]
sys.argv = ["mesos-" + command] + sys.argv[2:]
importlib.import_module("mesos.cli.cmds." + command).main()
