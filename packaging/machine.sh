# Bash functions that packaging/start and tests/run share: packages, the unprivileged user, building.
# Sourced, never run. Needs $source_dir (the repository) and bash with set -euo pipefail.
# shellcheck shell=bash disable=SC2154

say() { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }
die() {
    note "error: $*"
    exit 1
}
is_root() { [ "$(id -u)" = 0 ]; }

# package_list FILE...: the names in packaging/packages.*, without comments.
package_list() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@"; }

# missing_packages NAME...: those that are not installed.
missing_packages() {
    local name status
    for name in "$@"; do
        status=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
        [ "$status" = installed ] || say "$name"
    done
}

# PostgreSQL's package makes and starts a cluster of its own, with a TCP port; Concordat has no use for it.
forbid_example_cluster() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' postgresql-15 2>/dev/null || true)" = installed ] && return
    [ -e /etc/postgresql-common/createcluster.conf ] && return
    mkdir -p /etc/postgresql-common/createcluster.d
    printf '%s\n' '# Concordat runs its own cluster.' 'create_main_cluster = false' \
        >/etc/postgresql-common/createcluster.d/concordat.conf
}

# need_packages NAME...: installs what is missing (as root), or says which command would.
need_packages() {
    local missing log
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || die "this machine has no apt-get; Concordat is built for Debian 12"
    if ! is_root; then
        note "These Debian packages are missing. Install them, then start again:"
        note ""
        note "    sudo apt-get update && sudo apt-get install --no-install-recommends -y ${missing[*]}"
        note ""
        exit 1
    fi
    say "Installing ${#missing[@]} Debian packages ..."
    log=$(mktemp)
    case " ${missing[*]} " in *" postgresql-15 "*) forbid_example_cluster ;; esac
    export DEBIAN_FRONTEND=noninteractive
    if ! { apt-get update -q && apt-get install -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "${missing[@]}"; } </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        die "apt-get could not install: ${missing[*]} (whole output: $log)"
    fi
    rm -f "$log"
}

# make_user NAME: the system user the server runs as.
make_user() {
    getent passwd "$1" >/dev/null && return
    useradd --system --user-group --home-dir /var/lib/concordat --no-create-home --shell /usr/sbin/nologin "$1"
}

# How many compilers at once: a core each, and 2 GiB of memory each.
build_jobs() {
    local cores memory jobs
    cores=$(nproc)
    memory=$(awk '/^MemTotal:/ { print int($2 / 2000000) }' /proc/meminfo)
    jobs=$((cores < memory ? cores : memory))
    say $((jobs > 0 ? jobs : 1))
}

# As the person who called sudo, so that the build tree stays theirs.
as_builder() {
    if is_root && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ] &&
        [ "$(stat -c %U "$source_dir")" = "$SUDO_USER" ]; then
        sudo -u "$SUDO_USER" -H -- "$@"
    else
        "$@"
    fi
}

# with_progress LOG COMMAND...: runs ninja quietly; shows how far it is, and what failed.
with_progress() {
    local log=$1 child started now seen='' shown='' status=0
    shift
    started=$(date +%s)
    NINJA_STATUS='[%f/%t] ' "$@" >"$log" 2>&1 </dev/null &
    child=$!
    trap 'kill "$child" 2>/dev/null || true; exit 130' INT TERM
    while kill -0 "$child" 2>/dev/null; do
        sleep 0.5
        now=$(date +%s)
        seen=$(grep -oE '^\[[0-9]+/[0-9]+\]' "$log" | tail -n 1 || true)
        if [ -t 1 ]; then
            printf '\r    %s %d s ' "$seen" $((now - started))
        elif [ -n "$seen" ] && [ $(((now - started) / 30)) != "${shown:-0}" ]; then
            shown=$(((now - started) / 30))
            say "    $seen $((now - started)) s"
        fi
    done
    wait "$child" || status=$?
    trap - INT TERM
    if [ -t 1 ]; then printf '\r%40s\r' ''; fi
    if [ "$status" != 0 ]; then
        { grep -A 25 -m 1 -E 'FAILED:|CMake Error|error:' "$log" || tail -n 30 "$log"; } >&2
        note "(whole output: $log)"
    fi
    return "$status"
}

# build PRESET [TARGET...]: configures when needed, then builds. The log is build/PRESET.log.
build() {
    local preset=$1 log started
    shift
    log="$source_dir/build/$preset.log"
    started=$(date +%s)
    # Another clone of the same sources finds what this one compiled.
    export CCACHE_BASEDIR=$source_dir CCACHE_NOHASHDIR=1
    as_builder mkdir -p "$source_dir/build"
    as_builder touch "$log"
    if [ ! -f "$source_dir/build/$preset/build.ninja" ]; then
        say "Configuring ($preset) ..."
        with_progress "$log" as_builder cmake -S "$source_dir" --preset "$preset" || return
    fi
    say "Building ($preset, $(build_jobs) compilers at a time) ..."
    with_progress "$log" as_builder ninja -C "$source_dir/build/$preset" -j "${CONCORDAT_JOBS:-$(build_jobs)}" "$@" || return
    say "Built in $(($(date +%s) - started)) s."
}

# Node.js 18 or newer with npm, whoever installed it.
need_node() {
    local major
    # A machine without Node.js is what this is for: not finding it is no failure.
    major=$(node --version 2>/dev/null | sed -nE 's/^v([0-9]+).*/\1/p') || major=0
    if [ "${major:-0}" -ge 18 ] && command -v npm >/dev/null; then return; fi
    need_packages nodejs npm
}

# The packages that the client's lock file names; fetched again only when it changed. No script of theirs runs.
client_packages() {
    local client=$source_dir/web/client
    cmp -s "$client/package-lock.json" "$client/node_modules/.installed" && return
    (cd "$client" && as_builder npm ci --ignore-scripts --no-audit --no-fund) || return
    as_builder cp "$client/package-lock.json" "$client/node_modules/.installed"
}

# build_client DIR: the browser client into DIR. The log is build/client.log.
build_client() {
    local log=$source_dir/build/client.log
    as_builder mkdir -p "$source_dir/build"
    as_builder touch "$log"
    say "Building the browser client ..."
    if ! { client_packages && (cd "$source_dir/web/client" &&
        as_builder env CONCORDAT_CLIENT_OUT="$1" node node_modules/vite/bin/vite.js build); } >"$log" 2>&1 </dev/null; then
        tail -n 30 "$log" >&2
        note "(whole output: $log)"
        return 1
    fi
}
