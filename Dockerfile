# Builds the binary, and puts it alone into an image that does not run as root.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY Cargo.toml Cargo.lock askama.toml ./
COPY src ./src
COPY examples ./examples
RUN cargo build --release --locked && strip target/release/dyepack

# glibc and nothing else; user 65532 is "nonroot" there.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/dyepack /usr/local/bin/dyepack
WORKDIR /var/lib/dyepack
VOLUME /var/lib/dyepack
EXPOSE 8080 2525 8787
ENTRYPOINT ["/usr/local/bin/dyepack"]
CMD ["serve"]
