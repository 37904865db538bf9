# What the set-up scripts share. Sourced, never run.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

# Linecook looks here too, after what the recipe, LINECOOK_MODEL, LINECOOK_LLAMA_SERVER and PATH name.
data="${XDG_DATA_HOME:-$HOME/.local/share}/linecook"

# The default model, named by the hash of its bytes: Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0.
model_hash=cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046
model_bytes=1117320768
model="$data/models/$model_hash.gguf"

say() { printf '%s\n' "$*"; }
give_up() { printf 'error: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Networks have bad minutes: three tries, a longer rest after each.
try_again() {
    local attempt
    for attempt in 1 2 3; do
        "$@" && return 0
        [ "$attempt" = 3 ] && return 1
        say "That did not work; trying again in $((attempt * 5)) seconds (try $((attempt + 1)) of 3)."
        sleep $((attempt * 5))
    done
}

sha256() {
    if has sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

file_size() { wc -c <"$1" | tr -d ' '; }

# need_space MEGABYTES FOLDER PURPOSE
need_space() {
    local free_kilobytes
    free_kilobytes=$(df -Pk "$2" | awk 'NR == 2 { print $4 }')
    [ "$((free_kilobytes / 1024))" -ge "$1" ] || give_up \
        "$3 needs $1 MB, and only $((free_kilobytes / 1024)) MB are free in $2; make room there, or set XDG_DATA_HOME to a folder on a larger disk"
}

# One set-up at a time in a folder; the lock goes when the script ends, however it ends.
alone_in() {
    mkdir -p "$1"
    has flock || return 0
    exec 9>"$1/.lock"
    flock -n 9 || { say "Another set-up is at work in $1; waiting for it."; flock 9; }
}
