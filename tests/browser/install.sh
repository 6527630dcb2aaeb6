#!/usr/bin/env bash
# Installs the browser that the tests of the dashboard use: Chromium, from Debian's packages.
# It may be run again at any time. Without root it says what is missing and ends.
set -euo pipefail

if ! command -v chromium >/dev/null; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo 'not installed, and only root can: chromium' >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi
echo 'the browser of the tests is installed'
