#!/bin/sh
# The benchmark's load comes from wrk: Debian's, installed here when we may.
set -eu
if command -v wrk >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" -ne 0 ]; then
  echo "✗ make bench a besoin de wrk : apt-get install wrk" >&2
  exit 1
fi
echo "· wrk (paquet Debian) …"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null
apt-get install -y -qq --no-install-recommends wrk >/dev/null
