# What check and break share: one run of spin with given bounds. Sourced, not run.
#
#   verify MODE FLAGS   MODE is safe (assertions, no deadlock) or live (everything settles, with
#                       weak fairness). Sets outcome (holds, fails, or incomplete), property (what
#                       is violated), states, depth, seconds and megabytes.
# Verifiers are built in a private temporary folder that goes away with the script.

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
model=$folder/delivery.pml
patience=${patience:-240} # seconds for one configuration
memory=${memory:-6000}    # megabytes for one configuration

for tool in spin gcc; do
    command -v $tool >/dev/null || { echo "$0: $tool is missing; install it (Debian: $tool)" >&2; exit 69; }
done
work=$(mktemp -d) || exit 73
trap 'rm -rf "$work"' EXIT

violated() {
    case $1 in
    *acceptance\ cycle*) echo 'every task ends, or waits for the operator' ;;
    *got*) echo 'nobody gets two different messages' ;;
    *newerTold*) echo 'the last word is the latest' ;;
    *alike*) echo 'what says the same is said once' ;;
    *copies*excused*) echo 'nobody is told twice' ;;
    *own*words*) echo 'two copies at most' ;;
    *returned*) echo 'no ping-pong' ;;
    *ledger*recipient*|*ledger*state*) echo 'DONE and FAILED only from a ledger that is final' ;;
    *invalid\ end\ state*) echo 'no deadlock' ;;
    *) echo "$1" ;;
    esac
}

verify() {
    local mode=$1 build run error
    shift
    if [ "$mode" = safe ]; then
        build='-DSAFETY -DNOCLAIM' run=
    else
        build='-DNFAIR=3' run='-a -f -N settles'
    fi
    rm -f "$work"/*
    # shellcheck disable=SC2086
    (cd "$work" && cp "$model" . && "$folder/guards" "$folder/operator.table" >operator.pml && spin "$@" -a delivery.pml >spin.log 2>&1 &&
        gcc -w $build -DCOLLAPSE -DMEMLIM=$memory -o verifier pan.c >gcc.log 2>&1) ||
        { cat "$work"/*.log >&2; echo "$0: the model does not compile with $*" >&2; exit 70; }
    # shellcheck disable=SC2086
    (cd "$work" && timeout "$patience" ./verifier -m2000000 -w22 $run >out 2>&1)
    states=$(sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' "$work/out")
    depth=$(sed -nE 's/.*depth reached ([0-9]+),.*/\1/p' "$work/out")
    seconds=$(sed -nE 's/^pan: elapsed time ([0-9.e+-]+) .*/\1/p' "$work/out")
    megabytes=$(sed -nE 's/^ *([0-9.]+).*total actual memory usage/\1/p' "$work/out")
    error=$(grep -m1 -E '^pan:[0-9]+: (assertion violated|acceptance cycle|invalid end state)' "$work/out")
    property=
    if [ -n "$error" ]; then
        outcome=fails property=$(violated "$error")
    elif grep -q 'errors: 0' "$work/out" && ! grep -qE 'Search not completed|max search depth|out of memory' "$work/out"; then
        outcome=holds
    else
        outcome=incomplete
    fi
}
