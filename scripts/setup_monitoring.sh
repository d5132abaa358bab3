#!/usr/bin/env bash
# Switches schedules: --setup-cron, --setup-monitoring, --remove-cron, --status.
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/sagekeep" setup_monitoring.sh "$@"
