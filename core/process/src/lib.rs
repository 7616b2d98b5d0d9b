//! mesos-process
