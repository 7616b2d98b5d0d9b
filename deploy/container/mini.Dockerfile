# A whole cluster in one container, to try things out:
#   docker run --rm --privileged --network host -v /var/lib/mesos:/var/lib/mesos mesos-mini
ARG BASE=mesos-base
FROM ${BASE}
COPY mesos-mini.sh /usr/bin/mesos-mini
ENV MESOS_HOSTNAME=localhost MESOS_ADVERTISE_IP=127.0.0.1 MESOS_SYSTEMD_ENABLE_SUPPORT=false
VOLUME /var/lib/mesos
EXPOSE 5050 5051
ENTRYPOINT ["/usr/bin/mesos-mini"]
