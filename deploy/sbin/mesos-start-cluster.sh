#!/bin/sh
# Starts the masters and then the agents of the cluster that `masters` and `agents` or `slaves` list.

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

usage() {
  echo "Usage: $name [-h] [-s] [--check]"
  echo " -h          display this message"
  echo " -s          use sudo to start mesos-master and mesos-agent"
  echo " --check     wait until each daemon answers; exit with 2 if one does not"
  if [ -n "${1-}" ]; then
    printf '\n%s\n' "$1"
  fi
  exit 1
}

for argument; do
  case $argument in
  -h | --help) usage ;;
  -s) export DEPLOY_WITH_SUDO=1 ;;
  --check) export MESOS_DEPLOY_CHECK=1 ;;
  *) usage "Invalid option: $argument" ;;
  esac
done

status=0
"$sbin/mesos-start-masters.sh" || status=$?
[ "$status" != 1 ] || exit 1
sleep 1
"$sbin/mesos-start-agents.sh" || status=$?
[ "$status" != 1 ] || exit 1
if [ "$status" != 0 ]; then
  echo "Not everything could be started, see above."
  exit "$status"
fi
echo "Everything's started!"
