# The agent in a small image, with the command kncompile beside it.
#   docker buildx build --platform linux/amd64,linux/arm64 -t kncompile .
#   docker run --rm --network host --cap-drop ALL --cap-add NET_ADMIN kncompile --node-name NODE --kubeconfig …
#   docker run --rm -i --entrypoint kncompile kncompile --dry-run -f - < manifests.yaml

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npx -y "$(node -p 'require("./package.json").packageManager')" install --frozen-lockfile --ignore-scripts
RUN node packages/agent/scripts/image.ts /image

FROM node:24-bookworm-slim
# nft 1.0.6, the oldest version that rulesets are tested with; libnetfilter-queue1 for queued packets; iptables for kernels
# without nftables' queue statement.
RUN apt-get update \
 && apt-get install -y --no-install-recommends nftables libnetfilter-queue1 iptables \
 && rm -rf /var/lib/apt/lists/*
COPY LICENSE /usr/share/doc/kncompile/copyright
COPY --from=build /image /
# Root, and of root's rights NET_ADMIN alone: a container cannot give a capability to another user.
ENTRYPOINT ["kncompile-agent"]
