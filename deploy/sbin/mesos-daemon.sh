#!/bin/sh
# mesos-daemon.sh PROGRAM [ARGUMENT...]: starts a program of this folder in the background, with the
# variables of PROGRAM-env.sh. Always ends with 0, as its callers expect, unless MESOS_DEPLOY_CHECK=1.
# Compat: operations 2.2, rules 2.3.2, 2.3.3, 2.3.6.

self=$0
case $self in
*/*) ;;
*) if [ -f "./$self" ]; then self=./$self; else self=$(command -v -- "$self"); fi ;;
esac
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in
  /*) self=$link ;;
  *) self=${self%/*}/$link ;;
  esac
done
# shellcheck source-path=SCRIPTDIR source=mesos-deploy-common.sh
. "${self%/*}/mesos-deploy-common.sh"


# How much of what the program writes is kept: blocks of at most 4 KiB, in fact about as many lines.
kept_blocks=512

if [ $# -eq 0 ]; then
  echo "Usage: $name PROGRAM [ARGUMENT...]" >&2
  exit 1
fi
program=$1
shift

# Only the soft limit, so that a file of variables can raise it; every shell in use knows -S.
# shellcheck disable=SC3045
ulimit -S -n 8192 2>/dev/null || ulimit -S -n "$(ulimit -H -n)"

read_agent_env() {
  if ! find_file mesos-agent-env.sh >/dev/null; then
    read_env mesos-slave-env.sh
    return
  fi
  read_env mesos-agent-env.sh
  if [ "${MESOS_DEPLOY_ENV-}" = slave ]; then
    read_env mesos-slave-env.sh
  fi
}

read_slave_env() {
  if find_file mesos-slave-env.sh >/dev/null; then
    read_env mesos-slave-env.sh
  else
    read_env mesos-agent-env.sh
  fi
}

case $program in
mesos-agent) read_agent_env ;;
mesos-slave) read_slave_env ;;
*) read_env "$program-env.sh" ;;
esac
unset MESOS_DEPLOY_ENV

if [ ! -x "$sbin/$program" ]; then
  warn "there is no program $sbin/$program"
  [ "${MESOS_DEPLOY_CHECK-}" != 1 ] || exit 127
  exit 0
fi

# Where the first words of the program go to, so that a wrong flag leaves a trace.
log_dir=${MESOS_log_dir:-${MESOS_LOG_DIR-}}
for argument; do
  case $argument in
  --log_dir=*) log_dir=${argument#--log_dir=} ;;
  esac
done
[ -z "$log_dir" ] || mkdir -p "$log_dir" 2>/dev/null
out=${log_dir:-/var/log/mesos}/$program.out
# Made anew below, never opened: the folder may be another user's, and the name a link to any file of root's.
rm -f "$out" 2>/dev/null

# The program must outlive the login that started it.
trap "" HUP
# The beginning is kept and the rest read and dropped: the file cannot fill the disk. If it cannot be made, all is dropped.
"$sbin/$program" "$@" </dev/null 2>&1 >/dev/null | {
  (set -C && dd bs=4096 count="$kept_blocks" >"$out")
  exec cat
} >/dev/null 2>&1 &
exit 0
