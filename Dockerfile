# The daemon: docker build -t correlator .
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/correlator
WORKDIR /src
# The libraries change less often than the code: they get a layer of their own.
COPY requirements-run.lock ./
RUN /opt/correlator/bin/pip install --require-hashes -r requirements-run.lock
COPY pyproject.toml README.md LICENSE ./
COPY topology topology
COPY rules rules
COPY correlator correlator
COPY docs/guide docs/guide
COPY docs/screens docs/screens
# What only installs stays out of the image.
RUN /opt/correlator/bin/pip install --no-deps --no-build-isolation . \
    && /opt/correlator/bin/pip uninstall --yes setuptools pip

FROM python:${PYTHON_VERSION}-slim
# Compiled kernels and the fitted reader are kept where the user may write: numba passes over a folder that it cannot write.
ENV PATH=/opt/correlator/bin:$PATH PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/var/cache/correlator CORRELATOR_CACHE_DIR=/var/cache/correlator
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/correlator correlator \
    && install --directory --owner=correlator /var/cache/correlator
COPY --from=build /opt/correlator /opt/correlator
USER correlator
# A small world drives the engine once, so that no start compiles or fits: that takes some seconds.
RUN correlator simulate --out /tmp/world --customers 2000 --days 2 \
    && correlator replay --topology /tmp/world/topology --tickets /tmp/world/tickets.jsonl \
        --alarms /tmp/world/alarms.jsonl --out /tmp/world/incidents.jsonl \
    && rm -r /tmp/world
WORKDIR /var/lib/correlator
# /metrics, /healthz and /readyz; the console
EXPOSE 9108 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9108/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["correlator"]
CMD ["run", "-c", "/etc/correlator/correlator.yaml"]
