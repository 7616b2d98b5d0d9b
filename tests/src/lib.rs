//! mesos-tests
