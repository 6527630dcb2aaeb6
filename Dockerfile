# Any image with python3 (3.11 or newer), its venv module and pip will do; nothing below names a path of this one.
ARG BASE=docker.io/library/python:3.11.9-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
COPY . .
# Layers keep whole seconds only, and both Python's and the kernels' caches know their sources by their times: so these
# are set to whole seconds before anything is compiled.
RUN python3 -m venv /opt/data-simulator \
 && /opt/data-simulator/bin/pip install --no-cache-dir --no-compile --quiet . \
 && find /opt/data-simulator -name '*.py' -exec touch -d 2026-01-01T00:00:00Z {} + \
 && /opt/data-simulator/bin/python -m compileall -q /opt/data-simulator/lib
# The compiled kernels, so that a container on a processor like this one starts without compiling. Elsewhere every run
# compiles first, unless XDG_CACHE_HOME names a volume that it may write to.
RUN XDG_CACHE_HOME=/opt/data-simulator/cache /opt/data-simulator/bin/python -P -m engine.kernels

FROM ${BASE}
COPY --from=build /opt/data-simulator /opt/data-simulator
# What a scenario writes goes here: mount a volume.
RUN mkdir /data && chown 10001:10001 /data
ENV XDG_CACHE_HOME=/opt/data-simulator/cache \
    PATH=/opt/data-simulator/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /data
# No name, only a number: the same in every base image. No capability and no writable root are needed.
USER 10001:10001
# Stops in order, within its own time limits.
STOPSIGNAL SIGTERM
ENTRYPOINT ["data-simulator"]
CMD ["run"]
