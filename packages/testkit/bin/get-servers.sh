#!/usr/bin/env bash
# Unpacks servers of other Debian releases into a folder, without installing anything and without root:
#   get-servers.sh FOLDER  ->  FOLDER/<release>/run/{redis-server,valkey-server,redis-cli,memcached,…}
# Linux x64 only. The packages come from the archive that this machine's apt sources name.
set -euo pipefail
target=${1:?folder}
mkdir -p "$target"
cd "$target"
target=$PWD
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

archive() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed 's/#.*//' | grep -oE 'https?://[^ ]+/debian/?([[:space:]]|$)' | head -n 1 | sed 's|/*[[:space:]]*$||'
}
url=$(archive || true)
if [ -z "$url" ]; then
  echo 'the apt sources of this machine name no Debian archive' >&2
  exit 1
fi

# unpack RELEASE PACKAGE… : apt with a state of its own, so that the machine's lists stay as they are.
unpack() {
  local release=$1 dir="$target/$1" state="$target/.apt/$1"
  shift
  if [ -e "$dir/.complete" ]; then return 0; fi
  rm -rf "$dir" "$state"
  mkdir -p "$dir" "$state/lists/partial" "$state/cache/archives/partial" "$state/packages"
  echo "deb [signed-by=$keyring] $url $release main" >"$state/sources.list"
  : >"$state/status"
  local options=(
    -o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" -o "Dir::State::status=$state/status"
    -o "Dir::Cache=$state/cache" -o APT::Sandbox::User= -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none
  )
  apt-get "${options[@]}" -qq update || return 1
  (cd "$state/packages" && apt-get "${options[@]}" -qq download "$@") || return 1
  local package
  for package in "$state/packages"/*.deb; do dpkg-deb -x "$package" "$dir" || return 1; done
  wrap "$release" "$dir"
  rm -rf "$state"
  touch "$dir/.complete"
}

# Programs of a newer release need its loader and its libraries; of an older one its libraries.
wrap() {
  local dir=$2 program
  local libraries="$dir/lib/x86_64-linux-gnu:$dir/usr/lib/x86_64-linux-gnu" loader=
  for program in "$dir"/usr/lib64/ld-linux-x86-64.so.2 "$dir"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2; do
    if [ -e "$program" ]; then loader=$program && break; fi
  done
  mkdir -p "$dir/run"
  for program in redis-server redis-cli valkey-server valkey-cli memcached; do
    local file="$dir/usr/bin/$program"
    if [ ! -x "$file" ]; then continue; fi
    # One file has several names and looks at its own, so the name is handed over.
    if [ -n "$loader" ]; then
      printf '#!/bin/sh\nexec "%s" --library-path "%s" --argv0 "%s" "%s" "$@"\n' "$loader" "$libraries" "$file" "$file"
    else
      printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' "$libraries" "$file"
    fi >"$dir/run/$program"
    chmod +x "$dir/run/$program"
  done
}

status=0
unpack bullseye redis-server redis-tools memcached liblua5.1-0 lua-cjson lua-bitop libhiredis0.14 libevent-2.1-7 \
  libjemalloc2 libssl1.1 || status=1
unpack bookworm-backports valkey-server valkey-tools || status=1
unpack trixie redis-server redis-tools valkey-server valkey-tools memcached liblzf1 liblua5.1-0 lua-cjson lua-bitop \
  libhiredis1.1.0 libjemalloc2 libevent-2.1-7t64 libc6 libssl3t64 libsystemd0 libcap2 libgcc-s1 libstdc++6 libatomic1 \
  libsasl2-2 libdb5.3t64 libzstd1 zlib1g || status=1
unpack forky valkey-server valkey-tools libc6 libatomic1 libjemalloc2 liblzf1 libssl3t64 libstdc++6 libsystemd0 libgcc-s1 \
  libcap2 libzstd1 zlib1g || status=1
exit $status
