//! mesos-model
