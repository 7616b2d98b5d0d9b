#!/bin/sh
# Stops mesos-master on every host that the file `masters` lists, over ssh.

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
find_list masters
stop_all mesos-master
