#!/bin/sh
# Stops the agent, under either of its names, on every host that the file `agents` or `slaves`
# lists, over ssh.

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

no_arguments "$@"
find_list agents slaves
stop_all mesos-agent mesos-slave
