#!/bin/sh
# Stops the agents and then the masters of the cluster that `masters` and `agents` or `slaves` list.

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
  echo "Usage: $name [-h] [-s]"
  echo " -h          display this message"
  echo " -s          use sudo to stop mesos-master and mesos-agent"
  if [ -n "${1-}" ]; then
    printf '\n%s\n' "$1"
  fi
  exit 1
}

for argument; do
  case $argument in
  -h | --help) usage ;;
  -s) export DEPLOY_WITH_SUDO=1 ;;
  *) usage "Invalid option: $argument" ;;
  esac
done

"$sbin/mesos-stop-agents.sh" || exit 1
sleep 1
"$sbin/mesos-stop-masters.sh" || exit 1
echo "Everything's stopped!"
