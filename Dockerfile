# The tap with Meltano and its loaders, ready to run: everything is installed while the image is built,
# nothing when it runs. Settings come as environment variables (.env.example).
FROM python:3.13-slim AS build
WORKDIR /project
RUN python -m venv /opt/meltano && /opt/meltano/bin/pip install --no-cache-dir "meltano[postgres]~=4.4.1" uv
ENV PATH=/opt/meltano/bin:$PATH
COPY pyproject.toml README.md LICENSE meltano.yml ./
COPY tap_analytics tap_analytics
COPY targets targets
RUN mkdir -p output && meltano install && rm -rf .meltano/run

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home tap
COPY --from=build /opt/meltano /opt/meltano
COPY --from=build --chown=tap /project /project
ENV PATH=/opt/meltano/bin:$PATH \
    MELTANO_AUTO_INSTALL=false \
    NO_COLOR=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /project
VOLUME ["/project/output"]
ENTRYPOINT ["meltano"]
CMD ["run", "tap-analytics", "target-jsonl"]
