#!/usr/bin/env bash
# The numbers of the README, measured whole: prints one line a number with its bound. Judges nothing by itself.
# Usage: tests/bench/numbers.sh [PROGRAM]; without PROGRAM it builds the one that ships (profile `dist`).
# Needs bash and GNU time (`apt-get install time`).
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${1:-}
if [ -z "$program" ]; then
    cargo build --profile dist --locked
    program=${CARGO_TARGET_DIR:-target}/dist/fixforme
fi
[ -x /usr/bin/time ] || { echo "GNU time is missing: apt-get install time" >&2; exit 1; }
work=$(mktemp -d)
serve=
trap '[ -z "$serve" ] || kill -INT "$serve" 2>/dev/null || true; rm -rf "$work"' EXIT
export FIXFORME_STATE_DIR=$work/state
answers=wizards/sspr-admins/rehearsal/contoso/answers.toml

# Runs a command N times and prints the mean of CPU and of wall seconds of one run.
mean() {
    local runs=$1; shift
    /usr/bin/time -f '%e %U %S' -o "$work/time" bash -c 'n=$1; shift; for ((i = 0; i < n; i++)); do "$@" >/dev/null 2>&1 || true; done' _ "$runs" "$@"
    awk -v n="$runs" '{ printf "%.4f s CPU, %.4f s wall", ($2 + $3) / n, $1 / n }' "$work/time"
}

# Writes the wizard `steps`: $1 steps that each read one object and compare one field.
steps() {
    mkdir -p "$work/steps"
    printf '%s\n' 'format = 1' 'id = "steps"' 'version = "1.0.0"' 'title = "Steps"' 'summary = "Many."' >"$work/steps/wizard.toml"
    for ((i = 0; i < $1; i++)); do
        printf '[[steps]]\nid = "s%d"\nfile = "s%d.toml"\n' "$i" "$i" >>"$work/steps/wizard.toml"
        printf '%s\n' 'kind = "setting"' 'title = "The switch"' 'why = "For numbers."' 'severity = "low"' 'risk = "tenant-wide"' \
            '[scopes]' 'check = ["Policy.Read.All"]' 'fix = ["Policy.ReadWrite.Authorization"]' \
            '[[object]]' 'id = "policy"' 'get = "/v1.0/policies/authorizationPolicy"' 'fields = ["allowedToUseSSPR"]' \
            'managed = ["allowedToUseSSPR"]' 'select = true' 'desired = { allowedToUseSSPR = "true" }' >"$work/steps/s$i.toml"
    done
}

# Writes the wizard `everybody`: one query over all users of the tenant.
everybody() {
    mkdir -p "$work/everybody"
    printf '%s\n' 'format = 1' 'id = "everybody"' 'version = "1.0.0"' 'title = "Everybody"' 'summary = "All users."' \
        '[[steps]]' 'id = "users"' 'file = "users.toml"' >"$work/everybody/wizard.toml"
    printf '%s\n' 'kind = "query"' 'title = "All users"' 'why = "For numbers."' 'severity = "info"' '[scopes]' \
        'check = ["User.Read.All"]' '[[read]]' 'id = "users"' 'get = "/v1.0/users"' 'page = true' \
        'fields = ["id", "userPrincipalName", "displayName", "accountEnabled"]' \
        'query = { "$select" = "id,userPrincipalName,displayName,accountEnabled" }' '[capture.enabled]' \
        "value = \"[u.id for u in reads.users.items if u.accountEnabled == true]\"" \
        '[[problem]]' 'when = "steps.users.enabled | length > 0"' \
        'text = "{{ steps.users.enabled | length }} users."' 'level = "info"' >"$work/everybody/users.toml"
}

# Serves a tenant of $1 users and $2 administrators and checks it with the wizard $3 (and further arguments); prints CPU
# seconds and peak KiB of the check. The tenant is another process.
checked() { at_work "$1" "$2" 'Nothing was changed' check "${@:3}"; }

# The same with words that the command, $4 and further arguments, must end with.
at_work() {
    printf '%s\n' 'page_size = 100' 'licenses = ["AAD_PREMIUM"]' '[organization]' \
        'id = "8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1"' 'displayName = "Big Ltd"' \
        'verifiedDomains = [{ name = "big.example", isDefault = true }]' \
        '[objects."/v1.0/policies/authorizationPolicy"]' 'allowedToUseSSPR = false' \
        '[[generate]]' "users = $1" "admins = $2" 'role = "62e90394-69f5-4237-9190-012177145e10"' >"$work/tenant.toml"
    rm -f "$work/serve"
    "$program" rehearse sspr-admins --practice "$work/tenant.toml" --serve 127.0.0.1:0 >"$work/serve" 2>/dev/null &
    serve=$!
    until grep -qs -e --graph-root "$work/serve"; do sleep 0.05; done
    local root token
    root=$(sed -n 's/^fixforme .* --graph-root //p' "$work/serve")
    token=$(sed -n 's/^FIXFORME_ACCESS_TOKEN=//p' "$work/serve")
    FIXFORME_ACCESS_TOKEN=$token /usr/bin/time -f '%U %S %M' -o "$work/time" \
        "$program" "${@:4}" --yes --graph-root "$root" >"$work/said" 2>&1 || true
    # A command that failed early would be cheap: it must have come to its sentence.
    grep -q "$3" "$work/said" && ! grep -qi 'error:' "$work/said" || { cat "$work/said" >&2; exit 1; }
    kill -INT "$serve"; wait "$serve" || true; serve=
    tail -n 1 "$work/time"
}

echo "fixforme --version            $(mean 50 "$program" --version)   (bound: 0.005 s CPU)"
echo "rehearse sspr-admins --yes    $(mean 10 "$program" rehearse sspr-admins --yes --answers "$answers")   (bound: 0.3 s wall)"
few=$(checked 20000 100 sspr-admins --set goal=enable)
many=$(checked 20000 1000 sspr-admins --set goal=enable)
steps 10
ten=$(checked 10 2 "$work/steps")
steps 100
more=$(checked 10 2 "$work/steps")
everybody
all=$(checked 20000 10 "$work/everybody")
crowd=$(at_work 10000 1 '10000 changes were made and verified' run tests/lab/crowd)
awk -v few="$few" -v many="$many" -v ten="$ten" -v more="$more" -v all="$all" -v crowd="$crowd" 'BEGIN {
    split(few, a, " "); split(many, b, " "); split(ten, c, " "); split(more, d, " "); split(all, e, " "); split(crowd, f, " ")
    printf "one more administrator        %.3f ms CPU, all steps together   (bound: 1 ms a step)\n", (b[1] + b[2] - a[1] - a[2]) * 1000 / 900
    printf "one more step                 %.3f ms CPU   (bound: 1 ms)\n", (d[1] + d[2] - c[1] - c[2]) * 1000 / 90
    printf "peak, 20,000 users            %.1f MiB with 1,000 administrators   (bound: 64 MiB)\n", b[3] / 1024
    printf "peak, all 20,000 users read   %.1f MiB   (bound: 64 MiB)\n", e[3] / 1024
    printf "peak, 10,000 changes made     %.1f MiB   (bound: 64 MiB)\n", f[3] / 1024
}'
echo "size of the program           $(awk -v n="$(stat -c %s "$program")" 'BEGIN { printf "%.2f MiB", n / 1048576 }')   (bound: 10 MiB)"
