//! mesos-auth
