# kncompile in a small image: one bundled file, Node, and what it talks to the kernel with.
#   docker build -t kncompile .
#   docker run --rm -i kncompile --dry-run -f - < manifests.yaml

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npx -y "$(node -p 'require("./package.json").packageManager')" install --frozen-lockfile --ignore-scripts
RUN npx esbuild packages/compiler/src/cli/main.ts --bundle --platform=node --format=esm --target=node24 \
    --banner:js='import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);' \
    --outfile=kncompile.mjs

FROM node:24-bookworm-slim
# nft 1.0.6, the oldest version the rulesets are tested with; libnetfilter-queue1 answers queued packets.
RUN apt-get update \
 && apt-get install -y --no-install-recommends nftables libnetfilter-queue1 \
 && rm -rf /var/lib/apt/lists/*
COPY LICENSE /usr/share/doc/kncompile/copyright
COPY --from=build /src/kncompile.mjs /usr/lib/kncompile/kncompile.mjs
ENTRYPOINT ["node", "--max-semi-space-size=8", "/usr/lib/kncompile/kncompile.mjs"]
