#!/bin/sh
# Make the secrets that compose.yaml mounts, in deploy/secrets; those that are there already stay as they are.
# Only you can enter the folder. The files are open to readers, since a container reads them as a user of its own.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
cd secrets

random() {
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

# A draft that becomes the file when it is whole, so that none is ever half written.
make() {
  [ -e "$1" ] && return
  cat >"$1.draft"
  chmod 444 "$1.draft"
  mv "$1.draft" "$1"
  echo "made deploy/secrets/$1"
}

random | make secret_key
random | make encryption_key
random | make database_password
printf 'postgres://coderauth:%s@postgres:5432/coderauth' "$(cat database_password)" | make database_url
random | make redis_password
printf 'redis://:%s@redis:6379/0' "$(cat redis_password)" | make redis_url
printf 'requirepass %s\nsave ""\nappendonly no\nprotected-mode yes\n' "$(cat redis_password)" | make redis_conf
