# syntax=docker/dockerfile:1

# The image of one service: `docker build --build-arg SERVICE=ingest -t watchword-ingest .`; see docs/deploy.md.
# Where no container engine runs `npm run images` carries out these same instructions, one by one (infra/images).

# What the image runs on: anything with Node 24 on its PATH, with or without a shell. Nothing is compiled for one C library.
ARG BASE=node:24-bookworm-slim
# What it is put together on: Debian with Node 24 and npm. Nothing of it is in the image.
ARG BUILD_BASE=node:24-bookworm-slim

# As pid 1 Node would be deaf to SIGTERM until it has loaded the service, and the kernel would keep it from ending itself by
# SIGKILL, which is how a service with a blocked event loop ends (packages/runtime/src/process/event-loop-watcher.ts).
FROM ${BUILD_BASE} AS init
WORKDIR /init
RUN apt-get update && apt-get download tini && dpkg-deb --extract tini_*.deb .

FROM ${BUILD_BASE} AS prune
ARG SERVICE
WORKDIR /prune
ENV TURBO_TELEMETRY_DISABLED=1
COPY . .
# Whoever has a registry of their own gives its address and token as the secret `npmrc`: it is there while this runs, and in no layer.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npx --yes "turbo@$(npm pkg get devDependencies.turbo | tr -d '"')" prune "@watchword/${SERVICE:?name it by --build-arg}" --production --docker
# npm holds the lock against everything that the manifests name, even what it is told to leave out.
RUN cd out/json && npm pkg delete devDependencies --workspaces --include-workspace-root
RUN cd out/full && echo "import './$(ls */"${SERVICE}"/src/main.ts)';" > main.mjs

FROM ${BUILD_BASE} AS install
ARG SERVICE
WORKDIR /watchword
COPY --from=prune /prune/out/json/ ./
ENV NPM_CONFIG_AUDIT=false NPM_CONFIG_FUND=false
# Without optional packages: Node for development, and native parts that have a JavaScript twin.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --ignore-scripts
RUN npm sbom --omit=dev --omit=optional --sbom-format=cyclonedx --sbom-type=application > sbom.cdx.json
COPY --from=prune /prune/out/full/ ./
COPY infra/images/inside/ ./

FROM ${BASE} AS run
ARG SERVICE
# Who the service runs as: nobody who exists elsewhere. A number, since a base need not know a name for it.
ARG RUN_UID=65532
USER 0
WORKDIR /watchword
COPY --from=init /init/usr/bin/tini-static /usr/local/bin/tini
COPY --from=install /watchword/ ./
RUN ["node", "fill-compile-cache.mjs", ".compile-cache"]
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/watchword/.compile-cache \
    NODE_COMPILE_CACHE_PORTABLE=1 \
    WATCHWORD_CONFIG=/etc/watchword/config.yaml
USER ${RUN_UID}:${RUN_UID}
ENTRYPOINT ["/usr/local/bin/tini", "--", "node", "main.mjs"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="watchword-${SERVICE}" \
      org.opencontainers.image.description="Watchword: one-time passwords through several providers at once" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.vendor="Watchword"

# The operators' command: `--target command --build-arg SERVICE=cli`.
FROM run AS command
HEALTHCHECK NONE

FROM run AS service
EXPOSE 8080
STOPSIGNAL SIGTERM
# Alive, not ready: an engine that replaces what is unhealthy must not do so because Redis is away.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "health.mjs"]
