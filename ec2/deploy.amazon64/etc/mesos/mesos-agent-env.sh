# For mesos-daemon.sh on an agent.
export MESOS_ip={{address}}
export MESOS_hostname={{hostname}}
export MESOS_master={{cluster_url}}
export MESOS_work_dir=/var/lib/mesos/agent
export MESOS_log_dir=/var/log/mesos/agent
