#!/usr/bin/env bash
# Installs what is missing (Debian 12), builds Headroom, and runs what was asked for.
# Progress and errors go to stderr, so that `./bootstrap.sh run ... --format json` prints JSON and nothing else.
set -euo pipefail

readonly root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)"

# The only list of dependencies; CMakeLists.txt finds the same ones and README names them.
packages=(
  ca-certificates git g++ cmake ninja-build ccache pkg-config  # tools
  libsimgrid-dev         # simulated time and sharing
  libboost-graph-dev     # op graphs
  libyaml-cpp-dev        # scenarios and catalogues
  libsqlite3-dev         # results
  libcli11-dev           # command line
  libnlopt-cxx-dev       # fits of kernel models
  libmd-dev              # SHA-256 of scenarios and their files
  nlohmann-json3-dev     # JSON output
  zlib1g-dev             # compressed traces
  libjs-chart.js         # charts of reports
  catch2                 # tests
)
# Only `test` needs these: reports are looked at in a browser. Without them those tests are skipped, and say so.
readonly browser_packages=(chromium chromium-driver fonts-dejavu-core python3 python3-selenium)
# And sweeps are killed at each of their system calls, and run in parts. The same applies.
readonly sweep_packages=(strace parallel)
readonly cluster_packages=(slurmctld slurmd slurm-client munge)

usage() {
  cat <<'TEXT'
usage: ./bootstrap.sh COMMAND [ARGUMENTS]

  run SCENARIO [OPTIONS]  build, then build/headroom run SCENARIO [OPTIONS]
  test [CTEST OPTIONS]    build everything, then run every test through ctest
  build                   build everything (release, in build/)
  bench [NAME...]         build, then measure the speed of the simulator: serving, offload, executor, kernel,
                          expert_cache, sweep; without a name all of them
  sanitize [CTEST OPTIONS]
                          build with address and undefined-behaviour sanitizers (in build-sanitize/), run the tests
  cluster-test            build, start a Slurm cluster of one node, run a sweep on it as a job array, merge, compare, stop;
                          installs Slurm and munge, and is no part of `test`
  help                    this text

Every command first installs the Debian packages that are missing (as root, or through sudo). It works from any working
directory; paths you give are relative to the one you are in. HEADROOM_SKIP_INSTALL=1 builds with what is installed.

example: ./bootstrap.sh run scenarios/quickstart.yaml
TEXT
}

say() { printf '%s\n' "bootstrap: $*" >&2; }
fail() {
  printf '%s\n' "bootstrap: error: $*" >&2
  exit 2
}

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || printf '%s\n' "$package"
  done
}

require_debian_12() {
  local id="" version=""
  if [[ -r /etc/os-release ]]; then
    id="$(. /etc/os-release && printf '%s' "${ID:-}")"
    version="$(. /etc/os-release && printf '%s' "${VERSION_ID:-}")"
  fi
  [[ "$id" == debian && "${version:-0}" =~ ^[0-9]+$ && "${version:-0}" -ge 12 ]] && command -v apt-get >/dev/null ||
    fail "this is not Debian 12 (found '${id:-unknown} ${version}'), the system that packages are installed on for you.
Install these or their like, then run this again with HEADROOM_SKIP_INSTALL=1: ${packages[*]}"
}

install_missing() {
  [[ "${HEADROOM_SKIP_INSTALL:-0}" == 1 ]] && return
  local missing=() sudo=() log
  command -v dpkg-query >/dev/null || require_debian_12
  # No process substitution: it needs /dev/fd, which a bare chroot does not have.
  local names
  names="$(missing_packages)"
  [[ -z "$names" ]] && return
  mapfile -t missing <<<"$names"
  require_debian_12
  if [[ "$(id -u)" -ne 0 ]]; then
    command -v sudo >/dev/null || fail "these packages are missing: ${missing[*]}
Installing them needs root: run this as root, install sudo, or ask for them to be installed."
    sudo=(sudo)
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  log="$(mktemp "${TMPDIR:-/tmp}/headroom-apt.XXXXXX")"
  # A broken third-party source makes the update fail without hurting us: what counts is whether the installation works.
  "${sudo[@]}" apt-get update -q -o DPkg::Lock::Timeout=120 >"$log" 2>&1 || true
  if ! "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
       -o DPkg::Lock::Timeout=120 "${missing[@]}" >>"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    fail "apt-get could not install them; is there a network connection? Full log: $log"
  fi
  rm -f -- "$log"
}

# configure_and_build PRESET FOLDER [TARGET...]
configure_and_build() {
  local preset="$1" folder="$root/$2" log
  shift 2
  mkdir -p -- "$folder" || fail "cannot write to '$root': building needs to"
  log="$folder/configure.log"
  if ! (cd -- "$root" && cmake --preset "$preset") >"$log" 2>&1; then
    cat -- "$log" >&2
    fail "configuring failed"
  fi
  say "building in $folder (a first build takes a few minutes)"
  local quiet=(--quiet)
  if [[ -t 2 ]]; then quiet=(); fi
  ninja -C "$folder" "${quiet[@]}" "$@" >&2 || fail "the build failed; the messages above say where"
}

run_tests() {
  local folder="$1"
  shift
  ctest --test-dir "$root/$folder" --output-on-failure -j "$(nproc)" "$@"
}

run_benches() {
  local known=(serving offload executor kernel expert_cache sweep) name
  [[ $# -gt 0 ]] || set -- "${known[@]}"
  for name in "$@"; do
    [[ " ${known[*]} " == *" $name "* ]] || fail "no benchmark '$name'; there are: ${known[*]}"
  done
  configure_and_build release build headroom "${@/%/_bench}"
  for name in "$@"; do
    printf '\n== %s ==\n' "$name"
    case "$name" in
      serving | offload | sweep) "$root/build/tests/bench/${name}_bench" --headroom "$root/build/headroom" ;;
      *) "$root/build/tests/bench/${name}_bench" ;;
    esac
  done
}

main() {
  local command="${1:-help}"
  [[ $# -gt 0 ]] && shift
  case "$command" in
    run)
      install_missing
      configure_and_build release build headroom
      exec "$root/build/headroom" run "$@"
      ;;
    test)
      packages+=("${browser_packages[@]}" "${sweep_packages[@]}")
      install_missing
      configure_and_build release build
      run_tests build "$@"
      ;;
    build)
      install_missing
      configure_and_build release build
      say "done: $root/build/headroom"
      ;;
    bench)
      install_missing
      run_benches "$@"
      ;;
    sanitize)
      install_missing
      configure_and_build sanitize build-sanitize
      run_tests build-sanitize "$@"
      ;;
    cluster-test)
      packages+=("${cluster_packages[@]}")
      install_missing
      configure_and_build release build headroom
      exec "$root/tests/sweep/slurm_one_node.sh" "$root/build/headroom"
      ;;
    help | -h | --help) usage ;;
    *)
      usage >&2
      fail "unknown command '$command'"
      ;;
  esac
}

main "$@"
