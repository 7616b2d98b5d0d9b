# The package on a small Debian. The deb lies beside this file; see docs/packages.md.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY mesos_*.deb /tmp/
RUN apt-get update \
    && apt-get install -y --no-install-recommends /tmp/mesos_*.deb \
    && rm -rf /tmp/mesos_*.deb /var/lib/apt/lists/*
ENV MESOS_NATIVE_JAVA_LIBRARY=/usr/lib/libmesos.so
