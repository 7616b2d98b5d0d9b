#!/bin/sh
# The master and the agent of the image mesos-mini: both run until one ends or the container is
# stopped. Variables MESOS_<flag> reach both; those for one of them are in MINI_MASTER, MINI_AGENT.
set -eu

work_dir=${MESOS_WORK_DIR:-/var/lib/mesos}
unset MESOS_WORK_DIR

# The agent makes its control groups below the one that this container is in.
if [ -z "${MESOS_CGROUPS_ROOT-}" ]; then
  own=$(sed -n 's/^[0-9]*:memory:\///p' /proc/self/cgroup)
  MESOS_CGROUPS_ROOT=${own:+$own/}mesos
  export MESOS_CGROUPS_ROOT
fi

stop() {
  trap '' TERM INT
  kill "$agent" "$master" 2>/dev/null || true
  wait
}

# These hold lists of flags.
# shellcheck disable=SC2086
mesos-master --work_dir="$work_dir/master" ${MINI_MASTER-} &
master=$!
# shellcheck disable=SC2086
mesos-agent --work_dir="$work_dir/agent" --master=127.0.0.1:5050 ${MINI_AGENT-} &
agent=$!
trap 'stop; exit 0' TERM INT

while kill -0 "$master" 2>/dev/null && kill -0 "$agent" 2>/dev/null; do
  # A signal ends the wait for this child at once.
  sleep 1 &
  wait "$!" || true
done
echo "mesos-mini: one of the daemons has ended" >&2
stop
exit 1
