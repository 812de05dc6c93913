# A Slurm of its own for a test: munged, slurmctld and two nodes on this machine, on ports and in a folder of their own, stopped at the
# end. Sourced after tap.sh; leaves SLURM_CONF in the environment.
# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: Apache-2.0
PATH=$PATH:/usr/sbin:/sbin
for tool in munged mungekey slurmctld slurmd sbatch; do
	if ! command -v $tool >/dev/null; then
		echo "1..0 # SKIP $tool was not found (Debian: slurm-wlm munge)"
		exit 0
	fi
done
slurm=$scratch/slurm base=$((20000 + $$ % 20000))
mkdir -p "$slurm/state" "$slurm/spool-n1" "$slurm/spool-n2"
chmod 755 "$scratch" "$slurm"
pids=

stop_slurm() {
	for pid in $pids; do kill "$pid" 2>/dev/null; done
	for pid in $pids; do
		for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.5; done
		kill -9 "$pid" 2>/dev/null
	done
	rm -rf "$scratch"
}
trap stop_slurm EXIT

cat >"$slurm/slurm.conf" <<CONF
ClusterName=attnbench
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.socket
CredType=cred/munge
SlurmctldPort=$base
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd-%n.pid
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool-%n
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/linear
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=2
MinJobAge=300
ReturnToService=2
MailProg=/bin/true
KillWait=5
NodeName=n1 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=$((base + 2)) CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=10 State=UP
CONF
printf 'CgroupAutomount=no\n' >"$slurm/cgroup.conf"
SLURM_CONF=$slurm/slurm.conf
export SLURM_CONF

start() { # COMMAND…: in the foreground of a process of its own
	"$@" >>"$slurm/$(basename "$1").said" 2>&1 </dev/null &
	pids="$! $pids"
}

start_slurm() { # 0 when both nodes are idle
	mungekey --create --keyfile="$slurm/munge.key" || return 1
	start munged --foreground --force --key-file="$slurm/munge.key" --socket="$slurm/munge.socket" --pid-file="$slurm/munged.pid" --log-file="$slurm/munged.log" --seed-file="$slurm/munged.seed"
	sleep 1
	start slurmctld -D
	start slurmd -D -N n1
	start slurmd -D -N n2
	for _ in $(seq 40); do
		[ "$(sinfo -h -N -t idle 2>/dev/null | wc -l)" = 2 ] && return 0
		sleep 0.5
	done
	tail -n 5 "$slurm"/*.said "$slurm"/*.log
	sinfo
	return 1
}

# The state of a job once it has ended, waiting at most that many seconds.
ended() { # JOB SECONDS
	for _ in $(seq "$2"); do
		state=$(scontrol show job "$1" -o 2>/dev/null | sed 's/.*JobState=\([A-Z]*\).*/\1/')
		case $state in COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL | BOOT_FAIL | DEADLINE) break ;; esac
		sleep 1
	done
	echo "$state"
}
