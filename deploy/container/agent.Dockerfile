# An agent. Its tasks run inside of this container and end with it:
#   docker run --privileged --network host -v /var/lib/mesos:/var/lib/mesos \
#     -e MESOS_MASTER=master1:5050 mesos-agent
ARG BASE=mesos-base
FROM ${BASE}
# There is no systemd here that could hold executors.
ENV MESOS_WORK_DIR=/var/lib/mesos MESOS_SYSTEMD_ENABLE_SUPPORT=false
VOLUME /var/lib/mesos
EXPOSE 5051
ENTRYPOINT ["/usr/sbin/mesos-agent"]
