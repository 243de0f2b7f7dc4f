# The server in a small image. Data on SQLite lives in the volume /var/lib/vun.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked --bin vun

FROM debian:bookworm-slim
RUN useradd --system --home-dir /var/lib/vun --create-home vun
COPY --from=build /source/target/release/vun /usr/local/bin/vun
COPY --from=build /source/curriculum /usr/share/vun/curriculum
COPY LICENSE NOTICE /usr/share/doc/vun/
USER vun
WORKDIR /var/lib/vun
VOLUME /var/lib/vun
ENV VUN_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["vun"]
CMD ["serve"]
