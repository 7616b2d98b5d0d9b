#!/bin/sh
# The old name of mesos-start-agents.sh. The one difference: on the hosts mesos-slave-env.sh is read
# too, behind mesos-agent-env.sh.

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

start_arguments agent "$@"
find_list agents slaves
start_all mesos-agent 5051 MESOS_DEPLOY_ENV=slave
