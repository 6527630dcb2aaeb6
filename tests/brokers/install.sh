#!/usr/bin/env bash
# Installs the real brokers that the tests use: Mosquitto, kcat and a JDK from Debian's packages, Apache Kafka with Kafka
# Connect and the Apicurio registry from Maven, and the stand-in for Connect's MQTT plugin, compiled here.
# It may be run again at any time; what is there is kept. Without root it says which packages are missing and goes on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

need() { # command package
  command -v "$1" >/dev/null || PATH="$PATH:/usr/sbin" command -v "$1" >/dev/null || packages+=("$2")
}

packages=()
need mosquitto mosquitto
need mosquitto_pub mosquitto-clients
need kcat kcat
need javac default-jdk-headless
need mvn maven
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed, and only root can: ${packages[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

# One folder for each state of these files, so that an old one is never taken for a new one.
state=$(cat install.sh pom.xml $(find connect-stand-in -type f | sort) | sha256sum | cut -c 1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/data-simulator-tests
folder=$cache/$state
if [ ! -e "$folder/ready" ]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.making-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mvn -q -B -f pom.xml "-Dto=$work" dependency:copy-dependencies@kafka dependency:unpack@registry dependency:copy@stand-in
  plugin=$work/plugins/mqtt-stand-in
  mkdir -p "$work/classes/META-INF/services"
  javac -Werror -Xlint:all,-processing -d "$work/classes" -cp "$work/kafka/*:$plugin/*" connect-stand-in/src/standin/*.java
  cp connect-stand-in/services/* "$work/classes/META-INF/services/"
  jar --create --file "$plugin/mqtt-source-stand-in.jar" -C "$work/classes" .
  touch "$work/ready"
  rm -rf "$folder"
  mv "$work" "$folder"
  trap - EXIT
fi
ln -sfn "$state" "$cache/current"
echo "the brokers of the tests are installed"
