#!/usr/bin/env bash
# Runs scenarios/sweeps/cluster/slurm_array.sbatch on a Slurm cluster of one node, this one, that exists for as long as
# this script runs: munged, slurmctld and slurmd with a configuration, ports and files of their own, as the user who
# calls. Compares the merged parts with the same sweep run directly. `./bootstrap.sh cluster-test` calls it.
#   tests/sweep/slurm_one_node.sh HEADROOM
set -euo pipefail

readonly headroom="$(readlink -f -- "$1")"
readonly root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)"
readonly parts=3
PATH="$PATH:/usr/sbin:/sbin"

say() { printf '%s\n' "cluster-test: $*" >&2; }
fail() {
  say "error: $*"
  for log in "$folder"/*.log; do
    [[ -s "$log" ]] && { say "end of $(basename -- "$log"):"; tail -n 15 -- "$log" >&2; }
  done
  exit 1
}

folder="$(mktemp -d "${TMPDIR:-/tmp}/headroom-slurm.XXXXXX")"
chmod 755 "$folder"
started=()
stop() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf -- "$folder"
}
trap stop EXIT

free_port() {
  local port
  for port in $(seq "$1" $(("$1" + 200))); do
    # Nobody answers: it is free.
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s' "$port"; return; }
  done
}

start_munge() {
  mkdir -p "$folder/munge"
  chmod 700 "$folder/munge"
  dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 status=none
  chmod 600 "$folder/munge/key"
  # --force: it frowns on folders in /tmp.
  munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munge/pid" --seed-file="$folder/munge/seed" --log-file="$folder/munged.log" \
    >"$folder/munged.out.log" 2>&1 &
  started+=($!)
  for _ in $(seq 50); do
    munge --no-input --socket="$folder/munge.socket" >/dev/null 2>&1 && return
    sleep 0.1
  done
  fail "munged does not answer"
}

write_configuration() {
  local host user
  host="$(hostname -s)"
  user="$(id -un)"
  mkdir -p "$folder/state" "$folder/spool"
  cat >"$folder/slurm.conf" <<CONF
ClusterName=headroom
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
SlurmctldPort=$(free_port 36800)
SlurmdPort=$(free_port 37200)
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF="$folder/slurm.conf"
}

start_slurm() {
  slurmctld -D -i -f "$SLURM_CONF" >"$folder/slurmctld.log" 2>&1 &
  started+=($!)
  slurmd -D -N "$(hostname -s)" -f "$SLURM_CONF" >"$folder/slurmd.log" 2>&1 &
  started+=($!)
  for _ in $(seq 300); do
    [[ "$(sinfo --noheader --format=%t 2>/dev/null)" == idle ]] && return
    sleep 0.2
  done
  fail "the node does not become idle: $(sinfo --noheader --long --Node 2>&1 || true)"
}

# Everything that is no fact of the machine.
contents() {
  local table
  for table in run sweep sweep_run scenario param run_metric histogram limit_value limit_kind ledger_entry ledger_kind \
    warning slo cache_stat; do
    "$headroom" query "$1" "SELECT * FROM $table ORDER BY 1, 2, 3" --format csv
  done
}

start_munge
write_configuration
start_slurm
say "one node is up: $(sinfo --noheader --format='%n %C CPUs %T'), Slurm $(slurmctld -V | cut -d' ' -f2)"

cd -- "$folder"
export HEADROOM="$headroom"
readonly sweep="$root/scenarios/sweeps/gpu_x_batch.yaml"
job="$(sbatch --parsable --array="1-$parts" --cpus-per-task=1 --output=array-%a.log \
  "$root/scenarios/sweeps/cluster/slurm_array.sbatch" "$sweep" parts)"
say "array job $job of $parts tasks is submitted; merging waits for it"
sbatch --quiet --wait --dependency="afterok:$job" --output=merge.log \
  --wrap "'$headroom' merge merged.sqlite parts/part-*.sqlite" || fail "the array or the merge failed"
cat merge.log >&2

"$headroom" sweep "$sweep" --db direct.sqlite >direct.log || fail "the sweep failed"
diff <(contents direct.sqlite) <(contents merged.sqlite) >difference.log || fail "the merged parts differ"
say "$(ls parts/*.sqlite | wc -l) parts merged equal the sweep run directly: $(contents direct.sqlite | wc -l) rows compared"
