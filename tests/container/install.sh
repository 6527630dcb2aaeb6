#!/usr/bin/env bash
# Installs what builds and runs the container image in the tests: buildah, podman, runc and debootstrap from Debian's
# packages, and a base image made of Debian's own packages, since no image registry need be reached.
# It may be run again at any time; the base image is made once and kept. Needs root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

packages=()
for package in buildah podman runc debootstrap netavark aardvark-dns iptables; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || packages+=("$package")
done
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed, and only root can: ${packages[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

# One file for each state of this script, so that an old one is never taken for a new one.
state=$(sha256sum install.sh | cut -c 1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/data-simulator-tests
base=$cache/container-base-$state.tar
if [ ! -e "$base" ]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.making-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates bookworm "$work/root" >/dev/null
  rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
  tar -C "$work/root" -cf "$work/base.tar" .
  mv "$work/base.tar" "$base"
  rm -rf "$work"
  trap - EXIT
fi
ln -sfn "$(basename "$base")" "$cache/container-base.tar"
echo "what builds and runs containers in the tests is installed"
