"""One master and one agent for the whole run; their programs are in the folder that MESOS_BIN_DIR names."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

import support

# Whoever starts the tests in the background has Ctrl-C ignored, which programs inherit; some tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

START_SECONDS = 30
ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read()
    except OSError:
        return None


class Daemons:
    """A master and its agent."""

    def __init__(self, folder):
        self.folder = folder
        self.programs = pathlib.Path(os.environ.get("MESOS_BIN_DIR", ROOT / "target/release"))
        self.port = free_port()
        self.master = "127.0.0.1:%d" % self.port
        self.running = {}

    def start(self, name, *flags):
        log = open(self.folder / (name + ".log"), "ab")
        command = [str(self.programs / ("mesos-" + name)), "--ip=127.0.0.1", "--hostname=127.0.0.1"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MESOS_")}
        self.running[name] = subprocess.Popen(
            command + list(flags), stdout=log, stderr=log, env=environment
        )

    def start_master(self):
        self.start("master", "--port=%d" % self.port, "--work_dir=%s" % (self.folder / "master"))
        self.wait("health", lambda answer: answer is not None)

    def start_agent(self):
        self.start(
            "agent",
            "--port=%d" % free_port(),
            "--master=" + self.master,
            "--work_dir=%s" % (self.folder / "agent"),
            "--runtime_dir=%s" % (self.folder / "run"),
            "--launcher=posix",
            "--no-systemd_enable_support",
            "--resources=cpus:8;mem:8192;disk:1000",
        )
        self.wait("slaves", lambda answer: answer and b'"hostname"' in answer)

    def wait(self, path, is_there):
        url = "http://%s/%s" % (self.master, path)
        support.eventually(lambda: is_there(answers(url)), START_SECONDS, what=url)

    def stop(self, name):
        daemon = self.running.pop(name)
        daemon.send_signal(signal.SIGUSR1 if name == "agent" else signal.SIGTERM)
        try:
            daemon.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    os.environ.setdefault("LIBPROCESS_IP", "127.0.0.1")
    folder = tmp_path_factory.mktemp("cluster")
    daemons = Daemons(folder)
    daemons.start_master()
    try:
        daemons.start_agent()
        yield daemons
    finally:
        for name in reversed(list(daemons.running)):
            daemons.stop(name)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def master(cluster):
    return cluster.master


@pytest.fixture
def deaf_master(tmp_path_factory):
    """A master of its own, for a test that has it stand still."""
    os.environ.setdefault("LIBPROCESS_IP", "127.0.0.1")
    daemons = Daemons(tmp_path_factory.mktemp("deaf"))
    daemons.start_master()
    yield daemons
    daemons.running["master"].send_signal(signal.SIGCONT)
    daemons.stop("master")


@pytest.fixture(scope="session")
def empty_master(tmp_path_factory):
    """A master without an agent, for drivers that are dropped without a word while this process lives on."""
    os.environ.setdefault("LIBPROCESS_IP", "127.0.0.1")
    daemons = Daemons(tmp_path_factory.mktemp("empty"))
    daemons.start_master()
    yield daemons.master
    daemons.stop("master")
