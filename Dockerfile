# Any image with python3 (3.11 or newer), its venv module and pip will do; nothing below names a path of this one. It is
# pinned by its exact version. Whoever can reach its registry pins it by digest as well: --build-arg BASE=...@sha256:...
ARG BASE=docker.io/library/python:3.11.9-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
COPY . .
# Layers keep whole seconds only, and both Python's and the kernels' caches know their sources by their times: so these
# are set to whole seconds before anything is compiled. What has installed the product does not go into the image.
RUN python3 -m venv /opt/data-simulator \
 && /opt/data-simulator/bin/pip install --no-cache-dir --no-compile --quiet . \
 && /opt/data-simulator/bin/pip uninstall --yes --quiet setuptools pip \
 && find /opt/data-simulator -name '*.py' -exec touch -d 2026-01-01T00:00:00Z {} + \
 && /opt/data-simulator/bin/python -m compileall -q /opt/data-simulator/lib
# The kernels, compiled for every processor of this architecture: a container compiles nothing, wherever it runs.
RUN XDG_CACHE_HOME=/opt/data-simulator/cache /opt/data-simulator/bin/python -P -m engine.kernels generic

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="data-simulator" \
      org.opencontainers.image.description="A fleet of simulated devices that behave, age and fail like real ones" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/data-simulator /opt/data-simulator
# State, keys and what scenarios write: mount a volume here.
RUN mkdir /data && chown 10001:10001 /data
ENV XDG_CACHE_HOME=/opt/data-simulator/cache \
    PATH=/opt/data-simulator/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_SIMULATOR_HOST=0.0.0.0 \
    DATA_SIMULATOR_PORT=80 \
    DATA_SIMULATOR_MAKE_KEY=true \
    DATA_SIMULATOR_STATE_DIR=/data/state
WORKDIR /data
VOLUME ["/data"]
# No name, only a number: the same in every base image. No capability and no writable root are needed; a port below 1024
# is free to everybody inside a container of Docker's, and in Kubernetes by a line of the manifest.
USER 10001:10001
EXPOSE 80
# It stops in order, within its own time limits.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["data-simulator", "health"]
ENTRYPOINT ["data-simulator"]
CMD ["serve"]
