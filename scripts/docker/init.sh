#!/bin/sh
# Prepares a checkout for compose, at every start: folders that belong to PUID:PGID, and random secrets under
# data/secrets (0600). What is already there is never overwritten and, unless it is an empty folder, never changes its
# owner or group. Whatever it says is also in data/logs/supervisor/init.log.
set -eu
umask 077
puid=${PUID:-1000}
pgid=${PGID:-1000}
case $puid:$pgid in
  *[!0-9:]* | 0:* | *:0 | :* | *:)
    echo "init: ERROR: PUID=$puid PGID=$pgid: both must be numbers above 0; nothing here runs as root." >&2
    exit 1
    ;;
esac
data=/sagekeep/data
backups=/sagekeep/backups
log=$data/logs/supervisor/init.log
wrong=0

say() {
  echo "init: $1" >&2
  [ ! -d "$data/logs/supervisor" ] || echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $1" >>"$log"
}

# How people call a place: the folder, or the named volume that stands for it.
place() { # folder volume
  if [ "${WHERE:-folders}" = volumes ]; then echo "the volume $2"; else echo "$1"; fi
}

is_empty() { [ -z "$(find "$1" -mindepth 1 ! -name .gitkeep -print -quit)" ]; }

own_folder() { # path, how people call it
  mkdir -p "$1"
  owner=$(stat -c %u "$1")
  group=$(stat -c %g "$1")
  if [ "$owner:$group" != "$puid:$pgid" ] && is_empty "$1"; then
    chown "$puid:$pgid" "$1"
  elif [ "$owner" != "$puid" ]; then
    say "ERROR: $2 belongs to uid $owner, but PUID is $puid. Set PUID=$owner PGID=$group in .env, or give it away yourself: chown -R $puid:$pgid"
    wrong=1
  else
    own_content "$1" "$2"
  fi
}

# Whoever owns a file reads and writes it whatever its group, so that a wrong group stops nothing.
own_content() { # path, how people call it
  [ "$group" = "$pgid" ] || say "WARNING: $2 belongs to gid $group, but PGID is $pgid. Set PGID=$group in .env, or give it to that group yourself: chgrp -R $pgid"
  other=$(find "$1" -mindepth 1 -maxdepth 3 ! \( -user "$puid" \( -group "$pgid" -o -group "$group" \) \) ! -name .gitkeep -print -quit)
  [ -z "$other" ] || say "WARNING: in $2, ${other#"$1"/} belongs to $(stat -c %u:%g "$other") and not to PUID:PGID $puid:$pgid; was it made by a command run as another user? Mend it with: chown $puid:$pgid"
}

# A checkout made under a strict umask is only its owner's, and a database that cannot read its schema starts without.
unreadable() {
  find /sagekeep/config /sagekeep/scripts \
    \( -type d ! \( -perm -005 -o -user "$puid" -perm -500 -o -group "$pgid" -perm -050 \) -print -quit \) -o \
    \( -type f \( -name '*.yaml' -o -name '*.cfg' -o -name '*.sql' -o -name '*.sh' \) \
      ! \( -perm -004 -o -user "$puid" -perm -400 -o -group "$pgid" -perm -040 \) -print -quit \)
  # The proxy reads its own as nobody.
  find /sagekeep/config -name 'docker-proxy*.cfg' ! -perm -004 -print -quit
}

own_folder "$data/logs/supervisor" "$(place ./data/logs/supervisor sage-supervisor-logs)"
own_folder "$data/postgresql" "$(place ./data/postgresql sage-data)"
own_folder "$data/redis" "$(place ./data/redis sage-redis)"
own_folder "$data/logs/sage" "$(place ./data/logs/sage sage-logs)"
own_folder "$backups" "$(place ./backups sage-backups)"
closed=$(unreadable | head -n 1)
if [ -n "$closed" ]; then
  say "ERROR: the containers may not read .${closed#/sagekeep}. Let everybody read what is no secret: chmod -R a+rX config scripts"
  wrong=1
fi
[ "$wrong" = 0 ] || exit 1

database=$(place ./data/postgresql sage-data)
if [ -s "$data/postgresql/PG_VERSION" ] && [ ! -s "$data/secrets/db/password" ]; then
  say "ERROR: $database holds a database, but ./data/secrets/db/password is missing. Put that database's password there (0600), or bring ./data/secrets back from where you keep it."
  exit 1
fi
if [ ! -s "$data/postgresql/PG_VERSION" ]; then
  # initdb refuses a folder with any file in it, and git keeps no folder without one.
  rm -f "$data/postgresql/.gitkeep"
  if [ -n "$(find "$backups" -mindepth 3 -maxdepth 3 -name manifest.json -print -quit)" ]; then
    say "WARNING: $database is empty, but there are backups. The database starts EMPTY. Either stop now and put the lost data back, or restore the newest backup from before: scripts/sagekeep list sage --table memories, then scripts/sagekeep restore ID -f --create-roles"
  fi
fi

random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
secret() { # service name value
  mkdir -p "$data/secrets/$1"
  [ -s "$data/secrets/$1/$2" ] || printf '%s' "$3" >"$data/secrets/$1/$2"
}

secret db password "$(random)"
secret redis password "$(random)"
# A password that a person put there may hold what a URL cannot.
url_encoded() {
  case $1 in
    *[!A-Za-z0-9._~-]*) printf '%s' "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /%/g' ;;
    *) printf '%s' "$1" ;;
  esac
}
# In a quoted word of redis.conf only these two mean something else.
quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
db=$(url_encoded "$(cat "$data/secrets/db/password")")
redis=$(cat "$data/secrets/redis/password")
secret worker database_url "postgresql://sage:$db@db:5432/sage_memory"
# The same database as its own container sees it, for docker-compose.docker.yml.
secret worker database_url_inside "postgresql://sage:$db@127.0.0.1:5432/sage_memory"
secret redis redis.conf "requirepass \"$(quoted "$redis")\"
"
for service in api worker; do
  secret $service redis_url "redis://:$(url_encoded "$redis")@redis:6379/0"
done
secret api operator_token "$(random)"
secret api viewer_token "$(random)"
secret api board_password "$(random)"
secret api session_secret "$(random)"
secret worker operator_token "$(cat "$data/secrets/api/operator_token")"
chown "$puid:$pgid" "$data/secrets"
find "$data/secrets" -mindepth 1 ! -user "$puid" -exec chown "$puid:$pgid" {} +
find "$data/secrets" -type f -exec chmod 600 {} +
say "ready: secrets are in ./data/secrets (readable by uid $puid only): the operator's token in api/operator_token, the board's password (user: operator) in api/board_password"
chown "$puid:$pgid" "$log"
