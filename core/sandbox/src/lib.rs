//! mesos-sandbox
