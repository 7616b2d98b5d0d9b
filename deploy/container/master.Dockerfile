# A master. Flags are given as MESOS_<flag>, or behind the image's name:
#   docker run --network host -v /var/lib/mesos:/var/lib/mesos mesos-master --hostname=master1
ARG BASE=mesos-base
FROM ${BASE}
ENV MESOS_WORK_DIR=/var/lib/mesos
VOLUME /var/lib/mesos
EXPOSE 5050
ENTRYPOINT ["/usr/sbin/mesos-master"]
