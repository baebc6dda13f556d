# The program alone, static, for machines with neither Rust nor Python:
#
#     docker build --tag mcp-guard .
#     docker run --rm --network none --user "$(id -u):$(id -g)" --volume "$PWD:/work:ro" mcp-guard scan .
FROM rust:1.95-alpine AS build
# A C compiler and cmake for the cryptography that `--online` needs.
RUN apk add --no-cache build-base cmake linux-headers ca-certificates
WORKDIR /source
COPY . .
RUN cargo build --release --locked --bin mcp-guard

FROM scratch
COPY --from=build /source/target/release/mcp-guard /mcp-guard
# Only `scan --online` opens connections; without these it could trust nobody.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY LICENSE-APACHE LICENSE-MIT /
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/mcp-guard"]
CMD ["scan", "."]
