//! mesos-driver
