//! mesos-bindings-java
