# The server without embedded database, demo app, keys and secrets. Keys and secrets are provided at run time.
FROM node:26-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional packages are the embedded Postgres of development; install scripts are not needed by any package.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:26-bookworm-slim
LABEL org.opencontainers.image.title="Consentry" \
      org.opencontainers.image.description="Self-hosted OpenID Connect server that gives apps only what the person allowed" \
      org.opencontainers.image.licenses="MIT"
# Two memory arenas instead of eight per core: the threads of Node keep less freed memory (mallopt(3)).
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    MALLOC_ARENA_MAX=2
WORKDIR /app
# Owned by root: the server cannot change its own code.
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY migrations ./migrations
COPY seeds ./seeds
COPY views ./views
COPY src ./src
# The compiled code of the server, so that a start takes half the CPU and no TypeScript compiler stays in memory. Node finds it
# under the id of this user; another one starts without it.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN install --directory --owner=node .compile-cache \
  && setpriv --reuid=node --regid=node --clear-groups sh -c \
    "node src/cli/consentry.js help > /dev/null && node --eval \"import('/app/src/cli/commands/start.ts')\"" \
  && chown --recursive root:root .compile-cache && chmod --recursive a+rX .compile-cache
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# `docker run IMAGE migrate`, `docker run IMAGE doctor` and so on use the same entry point. The young generation of the heap has one
# size: with a smaller one a request takes more CPU, and without a maximum it grows to twice this size. The old generation is
# collected when it has doubled, instead of when it has grown to several times its size (docs/performance.md).
ENTRYPOINT ["node", "--min-semi-space-size=16", "--max-semi-space-size=16", "--heap-growing-percent=100", "src/cli/consentry.js"]
CMD ["start"]
