#!/usr/bin/env bash
# Checks a live database: verify_data.sh [--quick] [--report] [-d database] [-c container] [-u user].
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/sagekeep" verify_data.sh "$@"
