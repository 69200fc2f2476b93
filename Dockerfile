# One image for every service; compose.yaml says which command makes it a worker, scheduler or web.
# Build: docker build -t gristmill:local .

FROM python:3.11.15-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# The pins change seldom and the code often, so the packages are a layer of their own. The environment
# gets no pip: it is filled from outside, by hash, from wheels only, so nothing is compiled.
COPY requirements/build.txt requirements/base.txt requirements/
RUN python -m pip install --require-hashes --only-binary :all: -r requirements/build.txt \
    && python -m venv --without-pip /opt/venv \
    && python -m pip --python /opt/venv install --require-hashes --only-binary :all: -r requirements/base.txt
COPY . .
RUN python -m pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
    && python -m pip --python /opt/venv install --no-deps --no-index --target /app /wheels/*.whl

FROM python:3.11.15-slim-bookworm
LABEL org.opencontainers.image.title="Gristmill" \
      org.opencontainers.image.description="Background LLM analysis that never loses a job"
# Nobody installs anything in a running container: the base's pip goes too. /data is home to all that
# is embedded (SQLite, Valkey) and to notices written to files; a new volume there keeps this owner.
RUN python -m pip uninstall --yes pip setuptools wheel \
    && groupadd --system --gid 10001 gristmill \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin gristmill \
    && install --directory --owner 10001 --group 10001 --mode 0750 /data
COPY --from=build /opt/venv /opt/venv
# Our packages have plain names (`models`, `web`). In a folder of their own, which is searched first,
# no other package can stand before them or be written over them; it is the root that programs run from.
COPY --from=build /app /app
ENV PATH=/app/bin:/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRISTMILL_HOME=/data \
    TZ=UTC
WORKDIR /app
USER 10001:10001
EXPOSE 8400
# Every program takes SIGTERM for "end what you hold, then go". As process 1 periodiq would not hear
# it, so run the container with an init (`docker run --init`; compose.yaml says `init: true`).
STOPSIGNAL SIGTERM
# The image's own command is the web server; the other services bring their own check in compose.yaml.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8400/livez', timeout=4)"]
# X-Forwarded-* headers are believed only where an operator says whose: --proxy-headers with
# --forwarded-allow-ips. A request still open after 20 s does not hold up the stop.
CMD ["uvicorn", "web.app:app", "--host", "0.0.0.0", "--port", "8400", \
     "--no-proxy-headers", "--no-server-header", "--no-access-log", "--timeout-graceful-shutdown", "20"]
