//! mesos-daemon
