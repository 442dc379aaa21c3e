#!/usr/bin/env bash
# Starts a real PostgreSQL 17 with pgvector on loopback, for the database and end-to-end rings.
#
#   scripts/provision-postgres.sh start   installs it where it is not, starts it, prints its URL (last line)
#   scripts/provision-postgres.sh stop    stops it; what was installed stays
#
# It lives in a Debian "trixie" folder of its own (debootstrap), so the host's packages are not touched. About 55 s and
# 535 MB the first time, 2 s afterwards. Needs root, a Debian host and its package mirror.
#   CAIRN_POSTGRES_ROOT  where it is installed   [~/.cache/cairn/postgres-17]
#   CAIRN_POSTGRES_PORT  loopback port           [55417]
#   CAIRN_POSTGRES_CLUSTER  name of the server in it: another one has data of its own  [main]
#   CAIRN_POSTGRES_OPTIONS  more settings, as in "-c shared_buffers=2GB -c fsync=on"
set -euo pipefail

root=${CAIRN_POSTGRES_ROOT:-$HOME/.cache/cairn/postgres-17}
port=${CAIRN_POSTGRES_PORT:-55417}
cluster=${CAIRN_POSTGRES_CLUSTER:-main}
data=/var/lib/postgresql/17/$cluster
url=postgres://postgres@127.0.0.1:$port/postgres

say() { echo "provision-postgres: $*" >&2; }
as_postgres() { chroot "$root" setpriv --reuid=postgres --regid=postgres --init-groups "/usr/lib/postgresql/17/bin/$1" "${@:2}"; }

usable() {
  [ "$(id -u)" = 0 ] || { say 'needs root (it uses chroot). Set TEST_DATABASE_URL to a PostgreSQL with pgvector instead.'; exit 3; }
  command -v apt-get >/dev/null || { say 'needs a Debian host. Set TEST_DATABASE_URL to a PostgreSQL with pgvector instead.'; exit 3; }
}

mirror() {
  awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/*.sources 2>/dev/null ||
    awk '/^deb / { for (i = 2; i <= NF; i++) if ($i ~ /^http/) { print $i; exit } }' /etc/apt/sources.list
}

install_it() {
  [ -e "$root/.complete" ] && return
  say "installing PostgreSQL 17 with pgvector into $root ..."
  rm -rf "$root"
  mkdir -p "$root"
  local work
  work=$(mktemp -d)
  (
    cd "$work"
    apt-get download debootstrap >&2 || { apt-get update >&2 && apt-get download debootstrap >&2; }
    dpkg-deb -x debootstrap_*.deb unpacked
    DEBOOTSTRAP_DIR=$PWD/unpacked/usr/share/debootstrap unpacked/usr/sbin/debootstrap --variant=minbase \
      --keyring=/usr/share/keyrings/debian-archive-keyring.gpg trixie "$root" "$(mirror)" >debootstrap.log ||
      { tail -n 20 debootstrap.log >&2; exit 1; }
  )
  rm -rf "$work"
  # No daemon starts inside, and no cluster is made by the package: ours has its own settings.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  mkdir -p "$root/etc/postgresql-common"
  echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
  chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    postgresql-17 postgresql-17-pgvector >"$root/install.log" 2>&1 || { tail -n 20 "$root/install.log" >&2; exit 1; }
  touch "$root/.complete"
}

initialise() {
  [ -e "$root$data/PG_VERSION" ] && return
  chroot "$root" install -d -o postgres -g postgres "$data" /tmp/pgrun
  as_postgres initdb -D "$data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >/dev/null
}

running() { as_postgres pg_ctl -D "$data" status >/dev/null 2>&1; }

case "${1:-}" in
  start)
    usable
    install_it
    initialise
    # durability is not what tests need: fsync off makes CREATE DATABASE fast
    running || as_postgres pg_ctl -D "$data" -w -l "/tmp/pgrun/log-$cluster" -o "-p $port -c listen_addresses=127.0.0.1 \
      -c unix_socket_directories=/tmp/pgrun -c dynamic_shared_memory_type=mmap -c fsync=off -c max_connections=200 \
      ${CAIRN_POSTGRES_OPTIONS:-}" start >&2
    echo "$url"
    ;;
  stop)
    usable
    ! running || as_postgres pg_ctl -D "$data" -m fast stop >&2
    ;;
  *)
    sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//'
    exit 2
    ;;
esac
