#!/bin/sh
# Make the certificate that the broker shows, and the private authority that signs it. What is there and still good is kept.
#
# Settings: CERTIFICATES (folder that the broker reads), AUTHORITY (folder of the authority's key, which the broker never sees),
#   NAMES (host names and addresses of the broker, separated by blanks), OWNER (user:group that the broker runs as; empty: leave it).
# Your own certificate: put ca.crt, server.crt and server.key into CERTIFICATES and leave AUTHORITY empty; then this only warns before it ends.
set -eu
umask 077

certificates=${CERTIFICATES:-/certificates}
authority=${AUTHORITY:-/authority}
names="broker localhost 127.0.0.1 ${NAMES:-}"
owner=${OWNER-1883:1883}
renew_s=$((30 * 24 * 3600))

mkdir -p "$certificates" "$authority"

alternative_names() {
  list=
  for name in $names; do
    case $name in
      *[!0-9.]*) case $name in *:*) kind=IP ;; *) kind=DNS ;; esac ;;
      *) kind=IP ;;
    esac
    list="$list${list:+,}$kind:$name"
  done
  printf '%s' "$list"
}

make_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=ioc certificate authority" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout "$authority/ca.key" -out "$authority/ca.crt" 2> /dev/null
  echo "make-certificates: new authority"
}

make_server() {
  wanted=$(alternative_names)
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=broker" \
    -keyout "$authority/server.key" -out "$authority/server.csr" 2> /dev/null
  printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=%s\n' "$wanted" > "$authority/server.ext"
  openssl x509 -req -in "$authority/server.csr" -CA "$authority/ca.crt" -CAkey "$authority/ca.key" -CAcreateserial -days 397 \
    -extfile "$authority/server.ext" -out "$authority/server.crt" 2> /dev/null
  printf '%s' "$wanted" > "$authority/names"
  cp "$authority/ca.crt" "$authority/server.crt" "$authority/server.key" "$certificates/"
  echo "make-certificates: new certificate for $wanted"
}

is_good() {
  openssl x509 -checkend "$renew_s" -noout -in "$1" > /dev/null 2>&1
}

if [ -f "$certificates/server.crt" ] && [ ! -f "$authority/ca.key" ]; then
  is_good "$certificates/server.crt" || echo "make-certificates: your own certificate ends within 30 days: replace it" >&2
else
  [ -f "$authority/ca.key" ] || make_authority
  if ! is_good "$certificates/server.crt" || [ "$(cat "$authority/names" 2> /dev/null)" != "$(alternative_names)" ]; then make_server; fi
fi

chmod 755 "$certificates"
chmod 644 "$certificates/ca.crt" "$certificates/server.crt"
chmod 600 "$certificates/server.key"
if [ -n "$owner" ]; then chown "$owner" "$certificates/server.key"; fi
