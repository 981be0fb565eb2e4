#!/bin/sh
# Creates the secrets of this installation: server secrets, the database password, a self-signed certificate.
# Runs once in the nginx image (which has openssl); existing files stay. It prints nothing.
set -eu
umask 077

server=/secrets/server
database=/secrets/database
redis=/secrets/redis
tls=/secrets/tls
# The uid of `node` in the server image.
server_user=1000

# make FILE COMMAND...: writes the output of the command, completely or not at all.
make() {
  file=$1
  shift
  [ -s "$file" ] && return
  "$@" >"$file.draft"
  [ -s "$file.draft" ] || { echo "cannot make $file" >&2; exit 1; }
  mv "$file.draft" "$file"
}

random() { openssl rand -base64 32 | tr -d '\n'; }
master_key() { printf '1:%s' "$(random)"; }
password() { openssl rand -hex 24 | tr -d '\n'; }
database_url() { printf 'postgres://consentry:%s@database:5432/consentry' "$(cat "$database/password")"; }

key_store_url() { printf 'postgres://consentry:%s@database:5432/consentry_keys' "$(cat "$database/password")"; }

redis_config() { printf 'requirepass %s\n' "$(password)"; }
redis_url() { printf 'redis://:%s@redis:6379' "$(sed -n 's/^requirepass //p' "$redis/redis.conf")"; }

make "$database/password" password
make "$redis/redis.conf" redis_config
# Only the Redis container has this volume; its user has no fixed number in all images.
chmod 0444 "$redis/redis.conf"
chmod 0755 "$redis"
make "$server/master_keys" master_key
make "$server/blind_index_key" random
make "$server/cookie_keys" random
make "$server/pairwise_salt" random
make "$server/database_url" database_url
make "$server/key_store_url" key_store_url
make "$server/redis_url" redis_url
chown -R "$server_user:$server_user" "$server"

if [ ! -s "$tls/certificate.pem" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 \
    -subj "/CN=$CONSENTRY_HOST" -addext "subjectAltName=DNS:$CONSENTRY_HOST" \
    -keyout "$tls/key.pem" -out "$tls/certificate.draft" 2>/dev/null
  mv "$tls/certificate.draft" "$tls/certificate.pem"
fi
