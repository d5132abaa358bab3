#!/usr/bin/env bash
# Takes a backup now. Flags of old: -d database, -c container, -u user.
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/sagekeep" backup.sh "$@"
