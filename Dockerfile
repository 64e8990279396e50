# One image for every process of Tapedeck. Without a command it runs all of them, with a private Redis.
#   docker build -t tapedeck .
#   docker run -p 127.0.0.1:3000:3000 -v tapedeck:/data tapedeck

FROM node:24-bookworm AS build
WORKDIR /app
COPY . .
# FFmpeg and Redis are named so that they are not installed for building; the compiler comes with this image.
RUN FFMPEG_PATH=/bin/true FFPROBE_PATH=/bin/true REDIS_URL=redis://none bin/start --prepare \
  && npm prune --omit=dev

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg redis-server \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app /app
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=3000 \
  UV_THREADPOOL_SIZE=16 \
  DATA_DIR=/data/tapedeck \
  RECORDINGS_DIR=/data/recordings
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
# Ends in order: 15 s for the server and the worker, 15 s for Redis.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["bin/start"]
