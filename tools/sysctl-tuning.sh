#!/usr/bin/env bash
# Prepares a Linux host for generating load, and puts everything back. docs/tuning.md explains the settings.
#
#   tools/sysctl-tuning.sh --check            print each setting: found, wanted, why; exit 1 when one falls short
#   sudo tools/sysctl-tuning.sh --apply       change what falls short; what was there is saved first
#   sudo tools/sysctl-tuning.sh --revert      put back what was saved
#
#   --only PREFIX   settings whose name begins with PREFIX (repeatable), like --only net.ipv4
#   --root DIR      work on a tree of files below DIR instead of / (tests; images)
#   --state FILE    where old values are saved (/var/lib/ringload/sysctl-tuning.state, below DIR)
#
# Values are never lowered: a host that allows more keeps it. Applying twice changes nothing more, and reverting always
# leads back to what was there before the first time. Nothing survives a reboot but the limit of open files; run
# --apply at boot if the host is a generator for good.
# Exit status: 0 all is as wanted, 1 something is not (or could not be changed), 2 wrong use or not root.
set -uo pipefail
shopt -s nullglob

action="" root="" state="" only=()
usage() { sed -n '2,16s/^# \{0,1\}//p' "$0"; }
wrong() { echo "sysctl-tuning: $1" >&2; exit 2; }
while (($#)); do
  case $1 in
    --check | --apply | --revert)
      [ -z "$action" ] || wrong "found $1 behind --$action; give one of --check, --apply, --revert"
      action=${1#--} ;;
    --only | --root | --state)
      (($# > 1)) || wrong "$1 needs a value"
      case $1 in
        --only) only+=("$2") ;;
        --root) [ -d "$2" ] || wrong "--root: '$2' is not a directory"; root=${2%/} ;;
        --state) state=$2 ;;
      esac
      shift ;;
    -h | --help) usage; exit 0 ;;
    *) wrong "unknown argument '$1'; allowed are --check, --apply, --revert, --only PREFIX, --root DIR, --state FILE" ;;
  esac
  shift
done
[ -n "$action" ] || { usage >&2; exit 2; }
state=${state:-$root/var/lib/ringload/sysctl-tuning.state}
if [ "$action" != check ] && [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
  wrong "--$action changes kernel settings and must be run as root: sudo $0 --$action"
fi

limits_file=/etc/security/limits.d/90-ringload.conf
limits_text='* soft nofile 1048576
* hard nofile 1048576
root soft nofile 1048576
root hard nofile 1048576'

status=0 met=0 changed=0 short=0 skipped=0
selected() {
  ((${#only[@]})) || return 0
  local prefix
  for prefix in "${only[@]}"; do [[ $1 == "$prefix"* ]] && return 0; done
  return 1
}
report() { printf '%-9s %s\n' "$1" "$2"; }
normal() { local words; read -ra words <<<"$1" || true; echo "${words[*]}"; }
current() { local text; text=$(cat "$root$1" 2>/dev/null) && normal "${text//$'\n'/ }"; }

# What was there before, once for each file: "path<TAB>value", line breaks of a value as \n. "absent" marks a file
# that did not exist.
remember() {
  local path=$1 value=$2
  mkdir -p "$(dirname "$state")" || return 1
  [ -e "$state" ] && cut -f1 "$state" | grep -qxF -- "$path" && return 0
  printf '%s\t%s\n' "$path" "$value" >>"$state"
}

# Writes and reads back: some settings take a value and keep another.
put() {
  local path=$1 value=$2 message
  if ! message=$({ printf '%s\n' "$value" >"$root$path"; } 2>&1); then
    echo "sysctl-tuning: cannot write '$value' to $root$path: ${message##*: }" >&2
    return 1
  fi
}

# setting NAME PATH WANTED WHY: makes a file hold WANTED, or says that it does not.
# With a fifth argument the kernel may refuse: that text is printed then, and it is no failure.
setting() {
  local name=$1 path=$2 wanted=$3 why=$4 refusal=${5-} found
  if ! found=$(current "$path"); then
    report "absent" "$name: this host does not have it"
    skipped=$((skipped + 1))
    return
  fi
  if [ "$found" = "$wanted" ]; then
    report "ok" "$name = $found"
    met=$((met + 1))
    return
  fi
  if [ "$action" = check ]; then
    report "short" "$name = $found, wanted $wanted: $why"
    short=$((short + 1)) status=1
    return
  fi
  if [ -n "$refusal" ] && ! { printf '%s\n' "$found" >"$root$path"; } 2>/dev/null; then
    report "kept" "$name = $found: $refusal"
    skipped=$((skipped + 1))
  elif remember "$path" "$found" && put "$path" "$wanted" && [ "$(current "$path")" = "$wanted" ]; then
    report "changed" "$name: $found -> $wanted: $why"
    changed=$((changed + 1))
  else
    report "failed" "$name is still $(current "$path"), wanted $wanted: $why"
    short=$((short + 1)) status=1
  fi
}

sysctl_path() { echo "/proc/sys/${1//.//}"; }

exactly() { # NAME WANTED WHY
  selected "$1" && setting "$1" "$(sysctl_path "$1")" "$2" "$3"
}

at_least() { # NAME WANTED WHY; of several numbers (min default max) the last is meant
  selected "$1" || return 0
  local path found words wanted=$2
  path=$(sysctl_path "$1")
  if found=$(current "$path"); then
    read -ra words <<<"$found"
    if [[ $found =~ ^[0-9\ ]+$ ]]; then
      ((words[-1] < wanted)) && words[-1]=$wanted
      wanted="${words[*]}"
    fi
  fi
  setting "$1" "$path" "$wanted" "$3"
}

port_range() {
  selected net.ipv4.ip_local_port_range || return 0
  local path found words wanted="1024 65535"
  path=$(sysctl_path net.ipv4.ip_local_port_range)
  if found=$(current "$path"); then
    read -ra words <<<"$found"
    # A range that is wide already may begin where it does on purpose.
    [[ $found =~ ^[0-9]+\ [0-9]+$ ]] && ((words[1] - words[0] >= 60000)) && wanted=$found
  fi
  setting net.ipv4.ip_local_port_range "$path" "$wanted" \
    "each connection to one target takes a port of its own (listeners' belong into net.ipv4.ip_local_reserved_ports)"
}

network() {
  port_range
  exactly net.ipv4.tcp_timestamps 1 "ports in TIME_WAIT are used again early only with timestamps"
  exactly net.ipv4.tcp_tw_reuse 1 "connections that we close would keep their port for a minute"
  at_least net.core.somaxconn 65535 "listeners on this host (the mock, a local gateway) would refuse bursts"
  at_least net.ipv4.tcp_max_syn_backlog 65535 "listeners on this host would drop bursts of new connections"
  at_least net.core.netdev_max_backlog 65536 "bursts of packets would be dropped before TCP sees them"
  at_least net.core.rmem_max 16777216 "bounds receive buffers that programs ask for"
  at_least net.core.wmem_max 16777216 "bounds send buffers that programs ask for"
  at_least net.ipv4.tcp_rmem 16777216 "bounds how far TCP grows receive buffers of fast or distant targets"
  at_least net.ipv4.tcp_wmem 16777216 "bounds how far TCP grows send buffers for large prompts"
  exactly net.ipv4.tcp_slow_start_after_idle 0 "pooled connections that paused would send large prompts slowly again"
  if [ -e "$root/proc/sys/net/netfilter/nf_conntrack_max" ]; then
    at_least net.netfilter.nf_conntrack_max 1048576 "a full table of tracked connections drops new ones"
  fi
}

open_files() {
  at_least fs.nr_open 1048576 "the most that a limit of open files can be"
  at_least fs.file-max 2097152 "open files of the whole host"
  selected nofile || return 0
  # A file of our own, so that nothing of the host's has to be edited.
  local name="nofile ($limits_file)" why="the limit of open files bounds a shard's connections (log in again for it; \
systemd units need LimitNOFILE=1048576)"
  if [ "$(cat "$root$limits_file" 2>/dev/null)" = "$limits_text" ]; then
    report "ok" "$name = 1048576"
    met=$((met + 1))
  elif [ "$action" = check ]; then
    report "short" "$name is not set, wanted 1048576: $why"
    short=$((short + 1)) status=1
  else
    local before=absent
    [ -e "$root$limits_file" ] && before=$(sed ':a;N;$!ba;s/\n/\\n/g' "$root$limits_file")
    if mkdir -p "$root${limits_file%/*}" && remember "$limits_file" "$before" && put "$limits_file" "$limits_text"; then
      report "changed" "$name: $before -> 1048576: $why"
      changed=$((changed + 1))
    else
      report "failed" "$name is not set, wanted 1048576: $why"
      short=$((short + 1)) status=1
    fi
  fi
}

processors() {
  exactly kernel.io_uring_disabled 0 "ringload stands on io_uring"
  exactly kernel.numa_balancing 0 "the kernel would move pages between memory nodes under a running load"
  local file name latency
  if selected governor; then
    for file in "$root"/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor; do
      name=${file#"$root"/sys/devices/system/cpu/}
      setting "governor ${name%%/*}" "${file#"$root"}" performance \
        "a CPU that clocks up only under load is slow at the start of each burst"
    done
  fi
  if selected cstate; then
    # States that take longer to leave than a request may be late. Shallow ones save power and cost nothing.
    for file in "$root"/sys/devices/system/cpu/cpu[0-9]*/cpuidle/state[0-9]*/disable; do
      latency=$(cat "${file%/disable}/latency" 2>/dev/null) || continue
      [[ $latency =~ ^[0-9]+$ ]] && ((latency > 10)) || continue
      name=${file#"$root"/sys/devices/system/cpu/}
      setting "cstate ${name%%/*} $(cat "${file%/disable}/name" 2>/dev/null)" "${file#"$root"}" 1 \
        "waking from it takes $latency us, which shows as latency"
    done
  fi
}

# The interrupts of network cards, dealt to the CPUs in turn: a CPU does the receive work of the queues it serves.
interrupts() {
  selected irq || return 0
  local cpus=() card directory irq index=0 list
  for list in "$root"/sys/devices/system/cpu/cpu[0-9]*; do
    # cpu0 has no such file: it cannot be taken offline.
    [ "$(cat "$list/online" 2>/dev/null || echo 1)" = 1 ] && cpus+=("${list##*/cpu}")
  done
  ((${#cpus[@]})) || return 0
  mapfile -t cpus < <(printf '%s\n' "${cpus[@]}" | sort -n)
  for card in "$root"/sys/class/net/*; do
    # Of a virtio card they stand at the PCI device above it.
    for directory in "$card/device/msi_irqs" "$card/device/../msi_irqs"; do
      [ -d "$directory" ] || continue
      for irq in $(printf '%s\n' "$directory"/* | sed 's|.*/||' | sort -n); do
        [ -e "$root/proc/irq/$irq/smp_affinity_list" ] || continue
        setting "irq $irq (${card##*/})" "/proc/irq/$irq/smp_affinity_list" "${cpus[index++ % ${#cpus[@]}]}" \
          "one CPU would do the receive work of several queues" "the kernel deals this one out itself"
      done
      break
    done
  done
  if ((index)) && [ -z "$root" ] && pidof irqbalance >/dev/null 2>&1; then
    report "note" "irqbalance is running and will move these again: systemctl stop irqbalance"
  fi
}

revert() {
  if [ ! -e "$state" ]; then
    echo "nothing to revert: $state does not exist"
    return
  fi
  local path value kept=""
  while IFS=$'\t' read -r path value; do
    if [ "$value" = absent ]; then
      if rm -f "$root$path"; then report "removed" "$path"; continue; fi
    elif put "$path" "$(printf '%b' "$value")"; then
      report "restored" "$path = $value"
      continue
    fi
    kept+="$path"$'\t'"$value"$'\n'
    status=1
  done < <(tac "$state")
  if [ -z "$kept" ]; then
    rm -f "$state"
  else
    printf '%s' "$kept" | tac >"$state"
    echo "sysctl-tuning: what could not be put back is still in $state" >&2
  fi
}

if [ "$action" = revert ]; then
  revert
else
  network
  open_files
  processors
  interrupts
  echo "$met as wanted, $changed changed, $short short, $skipped absent or kept"
  ((changed)) && echo "old values: $state; put them back with: $0 --revert"
fi
exit $status
