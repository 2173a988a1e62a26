# The worker's image: Node, the worker's source and its dependencies; no shell, no package manager, no build output
# (Node strips the types itself). Build your own on it with your handler:
#
#   FROM eventhub-worker:0.1.0
#   COPY orders.ts /app/handlers/orders.ts
#   ENV HANDLER=/app/handlers/orders.ts
#
# Where no registry can be reached, give other bases: --build-arg NODE_IMAGE=... --build-arg RUNTIME_IMAGE=...
ARG NODE_IMAGE=node:24-trixie-slim@sha256:173f125896c3b47ddf056734c7ea789d04595a6a08769a8f78e0df642781fb66
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot@sha256:fbbdda866ea71aef98c4abece17e3d61fbf820cc2ef3961522caa2478716171a

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
RUN --mount=type=bind,source=package.json,target=package.json \
    --mount=type=bind,source=package-lock.json,target=package-lock.json \
    --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# What Node never loads: types (it refuses .ts under node_modules), maps, and builds for browsers; @azure/msal-browser is
# imported by such builds alone. The next stage proves that nothing needed is gone.
RUN find node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -name '*.md' \) -delete \
 && find node_modules -type d \( -path '*/dist/browser' -o -path '*/dist/react-native' -o -path '*/dist/workerd' \
      -o -name dist-browser -o -path '*/@azure/msal-browser' \) -prune -exec rm -rf {} +

# Loads every module once, on the very files and the very Node of the image: a smoke test whose by-product is the
# compile cache. Node names the cache after its user, so it is the user of the image.
FROM ${RUNTIME_IMAGE} AS warm
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY src src
USER 65532:65532
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/tmp/compile-cache \
    EVENTHUB_NAMESPACE=build.servicebus.windows.net \
    EVENTHUB_NAME=build \
    STORAGE_ACCOUNT=build \
    HANDLER=log
RUN ["/nodejs/bin/node", "src/main.ts", "config", "--check"]

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="eventhub-worker" \
      org.opencontainers.image.description="Runs one TypeScript function on every event of an Azure Event Hub" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Made here because there is no mkdir: a handler is copied or mounted into it and can import 'eventhub-worker' there.
WORKDIR /app/handlers
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=warm --chown=65532:65532 /tmp/compile-cache .compile-cache
COPY LICENSE package.json ./
COPY src src
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.compile-cache
USER 65532:65532
EXPOSE 8080
# Node is process 1: the worker handles SIGTERM and SIGINT itself and starts no other process.
ENTRYPOINT ["/nodejs/bin/node", "/app/src/main.ts"]
CMD ["run"]
