# For mesos-daemon.sh on a master. {{hostname}} is what browsers and schedulers reach this machine by.
export MESOS_ip={{address}}
export MESOS_hostname={{hostname}}
export MESOS_work_dir=/var/lib/mesos/master
export MESOS_log_dir=/var/log/mesos/master
