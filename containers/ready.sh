#!/bin/bash
# Whether the tracker of this container is ready: its /readyz, asked without a Node.js for each question.
case ${HOST:-} in "" | 0.0.0.0 | ::) address=127.0.0.1 ;; *) address=$HOST ;; esac
exec 3<>"/dev/tcp/$address/${METRICS_PORT:-${PORT:-4000}}" || exit 1
printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
read -r -t 4 _ status _ <&3 && [ "$status" = 200 ]
