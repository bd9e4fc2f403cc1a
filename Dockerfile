# Pulso's one image: `serve` by default, `runworker changes` for workers (docker-compose.yml).
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    WS_HOST=0.0.0.0 \
    PORT=8080 \
    MALLOC_ARENA_MAX=2

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

COPY manage.py pyproject.toml ./
COPY realtime realtime
COPY notifications notifications
COPY dashboards dashboards

RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin pulso
USER pulso

EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/live', timeout=2)"]
CMD ["python", "manage.py", "serve"]
