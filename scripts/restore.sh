#!/usr/bin/env bash
# Puts a backup or a dump in place: restore.sh [-f] [-d database] [-c container] [-u user] FILE.
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/sagekeep" restore.sh "$@"
