#!/bin/sh
# Prepares a checkout for compose, once: folders that belong to PUID:PGID, and random secrets under data/secrets (0600).
# What is already there is never overwritten and, unless it is an empty folder, never changes its owner.
set -eu
umask 077
puid=${PUID:-1000}
pgid=${PGID:-1000}
data=/sagekeep/data
wrong=0

own_folder() {
  mkdir -p "$1"
  [ "$(stat -c %u "$1")" = "$puid" ] && return 0
  if [ -z "$(find "$1" -mindepth 1 ! -name .gitkeep -print -quit)" ]; then
    chown "$puid:$pgid" "$1"
    return 0
  fi
  echo "init: $2 belongs to uid $(stat -c %u "$1"), but PUID is $puid. Set PUID=$(stat -c %u "$1") PGID=$(stat -c %g "$1"), or: chown -R $puid:$pgid $2" >&2
  wrong=1
}

own_folder "$data/postgresql" ./data/postgresql
own_folder "$data/redis" ./data/redis
own_folder "$data/logs/sage" ./data/logs/sage
own_folder "$data/logs/supervisor" ./data/logs/supervisor
own_folder /sagekeep/backups ./backups
[ "$wrong" = 0 ] || exit 1
# initdb refuses a folder with any file in it, and git keeps no folder without one.
[ -s "$data/postgresql/PG_VERSION" ] || rm -f "$data/postgresql/.gitkeep"

if [ -s "$data/postgresql/PG_VERSION" ] && [ ! -s "$data/secrets/db/password" ]; then
  echo "init: ./data/postgresql holds a database, but ./data/secrets/db/password is missing. Put that database's password there (0600), or restore data/secrets from where you keep it." >&2
  exit 1
fi

random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
secret() { # service name value
  mkdir -p "$data/secrets/$1"
  [ -s "$data/secrets/$1/$2" ] || printf '%s' "$3" >"$data/secrets/$1/$2"
}

secret db password "$(random)"
secret redis password "$(random)"
db=$(cat "$data/secrets/db/password")
redis=$(cat "$data/secrets/redis/password")
secret worker database_url "postgresql://sage:$db@db:5432/sage_memory"
secret redis redis.conf "requirepass $redis
"
for service in api worker; do
  secret $service redis_url "redis://:$redis@redis:6379/0"
done
secret api operator_token "$(random)"
secret api viewer_token "$(random)"
secret api board_password "$(random)"
secret api session_secret "$(random)"
secret worker operator_token "$(cat "$data/secrets/api/operator_token")"
chown "$puid:$pgid" "$data/secrets"
find "$data/secrets" -mindepth 1 ! -user "$puid" -exec chown "$puid:$pgid" {} +
find "$data/secrets" -type f -exec chmod 600 {} +
echo "init: secrets are in ./data/secrets (readable by uid $puid only): the operator's token in api/operator_token, the board's password (user: operator) in api/board_password"
