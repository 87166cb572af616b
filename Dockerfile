# Two images of one bot. `serve` reads and answers; `train` retrains too and is much larger, as it holds TensorFlow.
# Either can be read-only but for /data and /tmp. compose.yaml puts both beside a PostgreSQL.
#   docker build --target serve -t feelback .
#   docker run --read-only --tmpfs /tmp -v feelback:/data --env-file .env feelback migrate
#   docker run --read-only --tmpfs /tmp -v feelback:/data --env-file .env feelback

FROM python:3.13-slim AS serve
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONPATH=/app DATABASE_URL=sqlite:////data/feelback.db TRAINER=off MPLCONFIGDIR=/tmp/matplotlib
RUN useradd --system --uid 10001 feelback && install --directory --owner feelback --mode 700 /data
COPY requirements-serve.txt /app/
RUN pip install --require-hashes --requirement /app/requirements-serve.txt
COPY pyproject.toml /app/
COPY migrations /app/migrations
COPY ml /app/ml
COPY bot /app/bot
WORKDIR /data
USER 10001
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]

FROM serve AS train
ENV TRAINER=on
USER 0
COPY requirements-train.txt /app/
RUN pip install --require-hashes --requirement /app/requirements-train.txt
USER 10001
