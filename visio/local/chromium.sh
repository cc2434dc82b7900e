#!/bin/sh
# Browser tests need a Chromium: Debian's, installed here when we may.
set -eu
if command -v chromium >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" -ne 0 ]; then
  echo "✗ Les essais dans le navigateur ont besoin de Chromium : apt-get install chromium" >&2
  exit 1
fi
echo "· Chromium (paquet Debian) …"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null
apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
