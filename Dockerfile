# syntax=docker/dockerfile:1

FROM node:22-slim AS map
WORKDIR /src/map-ui
COPY map-ui/package.json map-ui/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY map-ui/ ./
# The guide for operators is a page of the map.
COPY docs/shift.md ../docs/
COPY docs/vi/ca-truc.md ../docs/vi/
# Writes /src/ioc/static.
RUN npm run build

FROM python:3.11-slim AS wheel
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY ioc/ ioc/
COPY --from=map /src/ioc/static/ ioc/static/
RUN --mount=type=cache,target=/root/.cache/pip pip wheel --constraint constraints.txt --wheel-dir /wheels .

FROM python:3.11-slim
LABEL org.opencontainers.image.title="ioc" \
      org.opencontainers.image.description="Backend and live map of a smart-city intelligent operations centre" \
      org.opencontainers.image.licenses="Apache-2.0"
# openssl makes the broker's certificate (deploy/certificates).
RUN apt-get update \
 && apt-get install --yes --no-install-recommends openssl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent ioc
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels ioc
WORKDIR /app
COPY sdi/ sdi/
ENV IOC_SDI_DIR=/app/sdi \
    IOC_HTTP_PORT=8080 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"IOC_HTTP_PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["ioc"]
CMD ["serve"]
