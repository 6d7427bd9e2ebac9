FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir --prefix=/install .

FROM python:3.13-slim
# git is for --since
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory '*' \
    && useradd --create-home --uid 1000 meshgw
COPY --from=build /install /usr/local
USER 1000
WORKDIR /tree
ENTRYPOINT ["meshgw"]
CMD ["validate"]
