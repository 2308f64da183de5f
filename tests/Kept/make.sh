#!/usr/bin/env bash
# Keeps what this version's databases look like, with something of everything in them: tests/Kept/make.sh 2026-11
# Starts a network of its own, uses it as a desk does, stops the broker so that outboxes keep something, and dumps the five databases.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kept=$root/tests/Kept/${1:?usage: tests/Kept/make.sh YYYY-MM}
export LIBRARY_HOME=$root/.local/kept
cd "$root"
./library down --wipe
./library up --detach --empty
trap './library down --wipe' EXIT

api=$(./library url gateway)/api/v1
desk=$(./library token librarian@RAD) bled=$(./library token librarian@BLE) admin=$(./library token admin) organiser=$(./library token organiser)
get()  { curl -sS --fail-with-body -H "Authorization: Bearer $1" "$api/$2"; }
post() {
    local answer
    answer=$(curl -sS --fail-with-body -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -H "Idempotency-Key: kept-$RANDOM-$RANDOM" -d "$3" "$api/$2") ||
        { printf '%s: %s\n' "$2" "$answer" >&2; return 1; }
    printf '%s\n' "$answer"
}
pick() { grep -o "\"$1\": *\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }
until_seen() { local n; for ((n = 0; n < 150; n++)); do ! get "$1" "$2" | grep -q "$3" || return 0; sleep 0.2; done; echo "$2 never showed $3" >&2; exit 1; }

# --- stock -------------------------------------------------------------------------------------------------------
{ cat docs/tour/cankar.mrc; printf '00030not a record at all......'; } >"$LIBRARY_HOME/kept.mrc"
operation=$(curl -sS --fail-with-body -H "Authorization: Bearer $desk" -H 'Content-Type: application/marc' \
    --data-binary @"$LIBRARY_HOME/kept.mrc" "$api/records:import?format=marc21&source=kept" | pick name)
until_seen "$desk" "$operation" '"done": *true'
record=$(get "$desk" 'records?query=cankar%20klancu' | pick name)
item() { # TOKEN BARCODE BRANCH MATERIAL LENDING [MORE]
    post "$1" items "{\"barcode\":\"$2\",\"record\":\"$record\",\"branch\":\"$3\",\"material\":\"$4\",\"lending\":\"$5\",\"priceMinor\":2490,\"acquisition\":\"PURCHASE\"${6:-}}" >/dev/null
}
for n in 1 2 3 4 6 7 8 9; do item "$desk" "KEPT-$n" RAD BOOK LENDABLE; done
item "$desk" KEPT-5 RAD BOOK LENDABLE ',"youth":true'
item "$desk" KEPT-READING RAD BOOK READING_ROOM_ONLY
item "$desk" KEPT-DVD RAD AUDIO_VISUAL LENDABLE
item "$bled" KEPT-BLE BLE BOOK LENDABLE

# --- members of several kinds; all names are made up ---------------------------------------------------------------
person() { # GIVEN FAMILY BIRTH STATUS [MORE]
    echo "\"person\":{\"givenName\":\"$1\",\"familyName\":\"$2\",\"birthDate\":\"$3\",\"street\":\"Gorenjska cesta 7\",\"postCode\":\"4240\",\"city\":\"Radovljica\",\"municipality\":\"Radovljica\",\"email\":\"${1,,}.${2,,}@example.org\",\"phone\":\"+386 40 000 000\",\"status\":\"$4\"${5:-}}"
}
join() { post "$desk" members "{$1,\"branch\":\"RAD\",\"membership\":\"${2:-FULL}\",\"language\":\"${3:-sl}\"${4:-}}"; }
pay()  { post "$desk" payments "{\"member\":\"$1\",\"amountMinor\":$2,\"currencyCode\":\"EUR\",\"method\":\"${3:-CASH}\",\"branch\":\"RAD\"}" >/dev/null; }
lend() { post "$desk" loans "{\"barcode\":\"$1\",\"cardNumber\":\"$2\",\"branch\":\"RAD\"}"; }
back() { post "$desk" returns "{\"barcode\":\"$1\",\"branch\":\"RAD\"}" >/dev/null; }

ana=$(join "$(person Ana Vzorec 1984-05-17 EMPLOYED)");      ana_name=$(pick name <<<"$ana") ana_card=$(pick cardNumber <<<"$ana")
jan=$(join "$(person Jan Primer 1990-02-03 UNEMPLOYED)");    jan_name=$(pick name <<<"$jan") jan_card=$(pick cardNumber <<<"$jan")
eva=$(join "$(person Eva Zgled 1950-11-30 RETIRED)" FULL en ',"notices":[{"kind":"REMINDER","channels":["EMAIL","SMS"]}]')
eva_name=$(pick name <<<"$eva") eva_card=$(pick cardNumber <<<"$eva")
child=$(join "$(person Maj Vzorec 2016-09-01 PRIMARY_PUPIL ',"guardian":{"givenName":"Ana","familyName":"Vzorec","email":"ana.vzorec@example.org","phone":"+386 40 000 000"}')")
child_card=$(pick cardNumber <<<"$child")
organisation=$(join '"organisation":{"name":"Vrtec Vzorec","taxNumber":"10000001","vatPayer":false,"street":"Šolska ulica 1","postCode":"4240","city":"Radovljica","email":"vrtec@example.org","phone":"+386 40 000 001","authorised":{"givenName":"Irena","familyName":"Vzorec","email":"irena@example.org"}}')
join "$(person Ema Daljava 2000-01-01 EMPLOYED)" E_ONLY >/dev/null
leaver=$(join "$(person Rok Odhod 1970-07-07 EMPLOYED)" | pick name)
erased=$(join "$(person Ida Izbris 1975-03-03 EMPLOYED)" | pick name)
restricted=$(join "$(person Tom Omejen 1981-08-08 EMPLOYED)" | pick name)

balance() { until_seen "$desk" "accounts/${1#members/}" "\"balanceMinor\": *\"*$2"; }
for member in "$ana_name" "$leaver" "$erased"; do balance "$member" 2000; pay "$member" 2000 CARD; done
balance "$eva_name" '[1-9]'; pay "$eva_name" 500
get "$desk" "$(pick name <<<"$organisation")" >/dev/null
# the account stands in Finance; Membership asks it before it lets anybody go
post "$desk" "$leaver:leave" '{}' >/dev/null
post "$desk" "$erased:leave" '{}' >/dev/null; post "$desk" "$erased:erase" '{}' >/dev/null
post "$desk" "$restricted:restrict" '{"reason":"Poškodovano gradivo"}' >/dev/null
ana_card=$(post "$desk" "$ana_name:replaceCard" '{}' | pick cardNumber)
balance "$ana_name" 200; pay "$ana_name" 200

# --- loans: brought back in time, renewed, overdue, brought back late, fresh ----------------------------------------
lend KEPT-1 "$ana_card" >/dev/null; back KEPT-1
for n in 2 3; do lend "KEPT-$n" "$ana_card" >/dev/null; done
lend KEPT-4 "$jan_card" >/dev/null
lend KEPT-DVD "$eva_card" >/dev/null
lend KEPT-5 "$child_card" >/dev/null
renewed=$(lend KEPT-6 "$ana_card" | pick name)
post "$admin" clock:advance '{"days":10}' >/dev/null
post "$desk" "$renewed:renew" '{}' >/dev/null
post "$admin" clock:advance '{"days":20}' >/dev/null   # every night's work: reminders, their charges, their mails
back KEPT-2
until_seen "$desk" "accounts/${ana_name#members/}" FINE
lend KEPT-7 "$eva_card" >/dev/null

# --- the programme ---------------------------------------------------------------------------------------------------
day=$(date -u -d "$(get "$desk" clock | pick now) 7 days" +%Y-%m-%d)
event=$(post "$organiser" events "{\"title\":\"Večer s pesnico\",\"category\":\"LITERARY_EVENING\",\"audience\":\"ADULTS\",\"branch\":\"RAD\",\"startsAt\":\"${day}T18:00:00Z\",\"endsAt\":\"${day}T20:00:00Z\",\"capacity\":3}" | pick name)
seat() { post "$organiser" "$event/registrations" "$1" | pick name; }
seat "{\"member\":\"$ana_name\",\"seats\":1}" >/dev/null
seat '{"guest":{"name":"Gost Vzorec","email":"gost@example.org"},"seats":1}' >/dev/null
cancelled=$(seat "{\"member\":\"$jan_name\",\"seats\":1}")
seat "{\"member\":\"$eva_name\",\"seats\":1}" >/dev/null   # waits for a seat
post "$organiser" "$cancelled:cancel" '{}' >/dev/null      # and gets it
until_seen "$desk" "deliveries?member=$jan_name" SENT
until_seen "$desk" "deliveries?member=$ana_name" EVENT_REGISTRATION

# --- without the broker: what is told now stays in the outboxes --------------------------------------------------------
for ((n = 0; n < 100; n++)); do [ -n "$(./library status | grep 'backlog.*outbox [^0]')" ] || break; sleep 0.2; done
./library stop messaging
lend KEPT-8 "$ana_card" >/dev/null
back KEPT-3                                                # overdue: its fine is charged here and not yet booked
pay "$ana_name" 100
join "$(person Nina Nova 1995-12-12 EMPLOYED)" >/dev/null
seat '{"guest":{"name":"Gostja Vzorec","email":"gostja@example.org"},"seats":1}' >/dev/null

# --- keep ----------------------------------------------------------------------------------------------------------------
mkdir -p "$kept"
port=$({ ./library status || true; } | sed -n 's/^postgres .*tcp:\([0-9]*\).*/\1/p') # status fails: the broker is down
PGPASSWORD=$(sed -n 's/.*"postgres-password": *"\([^"]*\)".*/\1/p' "$LIBRARY_HOME/secrets.json")
export PGPASSWORD
pg_dump=$(compgen -G '/usr/lib/postgresql/*/bin/pg_dump' | sort -V | tail -n 1)
for service in catalog events finance membership notifications; do
    # keys and tokens are made anew by the service that starts on the dump: none is kept in a repository
    "$pg_dump" -h localhost -p "$port" -U postgres -Fp --no-owner --rows-per-insert=50 --exclude-table-data='signing_key' --exclude-table-data='protection_key' \
        --exclude-table-data='openiddict_*' "$service-db" | gzip -9n >"$kept/$service.sql.gz"
done
git rev-parse HEAD >"$kept/commit"
ls -l "$kept"
