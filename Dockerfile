# One image, roles chosen by ROLES. The embedded database is left out: containers use DATABASE_URL.
FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --no-audit --no-fund
COPY tsconfig.json prisma.config.ts ./
COPY prisma prisma
COPY scripts/generate-prisma.js scripts/trim-production.js scripts/
COPY src src
RUN npm run build && chmod 755 dist/main.js \
 && npm prune --omit=dev --omit=optional --no-audit --no-fund && node scripts/trim-production.js

# Of Debian what runs, and no package manager, compiler or Perl.
FROM node:24-trixie-slim AS system
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git tini && rm -rf /var/lib/apt/lists/*
COPY containers/copy-programs.sh containers/ready.sh /containers/
RUN sh /containers/copy-programs.sh /system \
      node tini git /usr/lib/git-core/git-remote-https \
      bash cat cp date df env find grep head id ls mkdir mv rm sed sh sleep sort tail tr uname wc \
 && install -m 755 /containers/ready.sh /system/usr/local/bin/ready \
 && ln -s /app/dist/main.js /system/usr/local/bin/tracker \
 && install -d -o node -g node /system/home/node /system/scratch && install -d -m 1777 /system/tmp

FROM scratch
COPY --from=system /system /
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/prisma prisma
COPY --from=build /app/dist dist
ENV PATH=/usr/local/bin:/usr/bin NODE_ENV=production HOST=0.0.0.0 HOME=/home/node LANG=C.UTF-8
USER 1000:1000
EXPOSE 4000
# Of the process's own port, and soon after its start: an orchestrator has it in its place within a second or two.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s CMD ["ready"]
ENTRYPOINT ["tini", "--"]
CMD ["tracker"]
ARG VERSION=0.1.0 REVISION=unknown
LABEL org.opencontainers.image.title="github-change-tracker" \
      org.opencontainers.image.description="Tracks the commits of GitHub repositories: every one stored exactly once, queried over GraphQL, followed live." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/node:24-trixie-slim" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
