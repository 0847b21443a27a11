#!/bin/sh
# Keep the broker's password file.
#
#   set-passwords.sh                 the user `ioc` gets the password $IOC_MQTT_PASSWORD
#   set-passwords.sh NAME            the source NAME gets the password read from standard input (one line)
#   set-passwords.sh --remove NAME   the source NAME may not connect any more
#
# Settings: ACCESS (folder of the file), OWNER (user:group that the broker runs as; empty: leave it).
# A running broker reads the file again on SIGHUP.
set -eu
umask 077

access=${ACCESS:-/mosquitto/access}
owner=${OWNER-1883:1883}
remove=
if [ "${1:-}" = --remove ]; then
  remove=yes
  shift
fi
name=${1-ioc}

case $name in
  "" | *[!A-Za-z0-9._:-]* | [!A-Za-z0-9]*)
    echo "set-passwords: '$name' is no name of a source: letters, digits, . _ : - and a letter or digit first" >&2
    exit 2
    ;;
esac

mkdir -p "$access"
# A copy that is moved into place: the broker never reads half a file.
work=$access/passwords.new
if [ -f "$access/passwords" ]; then cp "$access/passwords" "$work"; else : > "$work"; fi

if [ -n "$remove" ]; then
  mosquitto_passwd -D "$work" "$name"
else
  if [ $# -gt 0 ]; then IFS= read -r password; else password=${IOC_MQTT_PASSWORD:?it is not set}; fi
  if [ "${#password}" -lt 12 ]; then
    rm -f "$work"
    echo "set-passwords: the password of $name has ${#password} characters, 12 are the least" >&2
    exit 2
  fi
  mosquitto_passwd -b "$work" "$name" "$password"
fi

if [ -n "$owner" ]; then chown "$owner" "$access" "$work"; fi
mv "$work" "$access/passwords"
if [ -n "$remove" ]; then echo "set-passwords: $name may not connect any more"; else echo "set-passwords: $name may connect"; fi
