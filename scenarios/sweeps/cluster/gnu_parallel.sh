#!/usr/bin/env bash
# A sweep in parts through GNU parallel, on this machine or on several, merged into one results file.
#   scenarios/sweeps/cluster/gnu_parallel.sh SWEEP OUT PARTS [OPTIONS OF headroom sweep]
#   scenarios/sweeps/cluster/gnu_parallel.sh scenarios/sweeps/gpu_x_batch.yaml sweep.sqlite 4
# Other machines: PARALLEL='--sshloginfile nodes --workdir .' in the environment, with headroom, the sweep file and the
# folder of OUT on a file system that all of them see. Each part has a results file of its own and one writer.
# Started again, every part goes on where it stopped, and merging again changes nothing.
set -euo pipefail

if [[ $# -lt 3 || ! "$3" =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
sweep="$1" out="$2" parts="$3"
shift 3
headroom="${HEADROOM:-headroom}"
folder="$out.parts"
mkdir -p -- "$folder"

# One core per part: parallel runs as many parts at once as there are cores. A part that fails stops the rest soon.
parallel --quote --halt soon,fail=1 "$headroom" sweep "$sweep" --shard "{}/$parts" --jobs 1 \
  --db "$folder/part-{}.sqlite" "$@" ::: $(seq 1 "$parts") >/dev/null

inputs=()
for part in $(seq 1 "$parts"); do inputs+=("$folder/part-$part.sqlite"); done
"$headroom" merge "$out" "${inputs[@]}"
