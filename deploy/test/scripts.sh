#!/bin/sh
# The deploy scripts in a tree of their own, with programs in the place of ssh, killall and the
# daemons that write down what they were given. Compat: operations 2.1 to 2.3.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

tree=$work/opt/mesos
log=$work/log
tools_without
PATH=$work/stubs:$work/tools
[ "$SHELL_UNDER_TEST" != bash ] || ln -s "$(PATH=/usr/bin:/bin command -v bash)" "$work/tools/bash"
export PATH

# fresh_tree: an installed tree without any list.
fresh_tree() {
  rm -rf "$work/opt" "$log"
  mkdir -p "$tree/sbin" "$tree/etc/mesos" "$tree/var/mesos/deploy" "$work/stubs" "$log"
  cp "$deploy"/sbin/*.sh "$tree/sbin"
  for program in mesos-master mesos-agent mesos-slave; do
    cat >"$tree/sbin/$program" <<STUB
#!/bin/sh
echo "early words of $program" >&2
{ echo "args: \$*"; echo "nofile: \$(ulimit -n)"; env; } >$log/$program.part
mv $log/$program.part $log/$program
STUB
    chmod +x "$tree/sbin/$program"
  done
  unset MESOS_DEPLOY_CHECK DEPLOY_WITH_SUDO SSH_OPTS DEPLOY_REMOTE_PREFIX
  export MESOS_log_dir="$log/daemon"
}

# Hosts whose name begins with `closed` let nobody in, `empty` have no tree; -G prints an address.
make_stubs() {
  mkdir -p "$work/stubs" "$log"
  cat >"$work/stubs/ssh" <<STUB
#!/bin/sh
for word; do command=\$last; last=\$word; done
if [ "\$1" = -G ]; then echo "hostname address-of-\$last"; exit; fi
echo "ssh \$*" >>$log/ssh
case \$command in
closed*) echo "Permission denied (publickey,password)." >&2; exit 255 ;;
empty*) exit 127 ;;
esac
exec sh -c "\$last"
STUB
  # Quiet hosts never get healthy.
  cat >"$work/stubs/curl" <<STUB
#!/bin/sh
for word; do last=\$word; done
echo "\$last" >>$log/curl
case \$last in *quiet*) exit 7 ;; esac
STUB
  cat >"$work/stubs/killall" <<STUB
#!/bin/sh
echo "killall \$*" >>$log/kill
STUB
  cat >"$work/stubs/pkill" <<STUB
#!/bin/sh
echo "pkill \$*" >>$log/kill
STUB
  cat >"$work/stubs/sudo" <<STUB
#!/bin/sh
echo "sudo \$*" >>$log/sudo
exec "\$@"
STUB
  # The pauses of the scripts are not what is tested here.
  cat >"$work/stubs/sleep" <<STUB
#!/bin/sh
exec $work/tools/sleep 0.03
STUB
  chmod +x "$work/stubs"/*
}

# call SCRIPT [ARGUMENT...]: sets out, err and status.
call() {
  script=$1
  shift
  status=0
  "$SHELL_UNDER_TEST" "$tree/sbin/$script" "$@" >"$work/out" 2>"$work/err" || status=$?
  out=$(cat "$work/out")
  err=$(cat "$work/err")
}

make_stubs

begin "start-masters announces, shows and runs ssh"
fresh_tree
printf '# the first\n10.1.1.1\r\n#10.1.1.2\n10.1.1.3 # with a comment\n' >"$tree/etc/mesos/masters"
call mesos-start-masters.sh
same status 0 "$status"
same output "Starting mesos-master on 10.1.1.1
ssh 10.1.1.1 $tree/sbin/mesos-daemon.sh mesos-master </dev/null >/dev/null
Starting mesos-master on 10.1.1.3
ssh 10.1.1.3 $tree/sbin/mesos-daemon.sh mesos-master </dev/null >/dev/null" "$out"
same "what ssh got" "$(echo "$out" | grep '^ssh')" "$(sort "$log/ssh")"
wait_for "$log/mesos-master"
holds "soft limit" "$(cat "$log/mesos-master")" "nofile: 8192"

begin "no list"
fresh_tree
for role in start-masters:masters stop-masters:masters start-agents:slaves start-slaves:slaves \
  stop-agents:slaves stop-slaves:slaves; do
  # This machine may have a list of its own in the last place that is searched.
  [ ! -e "/etc/mesos/${role#*:}" ] || continue
  call "mesos-${role%:*}.sh"
  same "status of $role" 1 "$status"
  same "output of $role" "Failed to find $tree/etc/mesos/${role#*:}" "$out"
  holds "places of $role" "$err" "$tree/var/mesos/deploy"
done

begin "the old folder is searched, the new one first"
fresh_tree
echo old >"$tree/var/mesos/deploy/masters"
call mesos-start-masters.sh
holds output "$out" "Starting mesos-master on old"
echo new >"$tree/etc/mesos/masters"
call mesos-start-masters.sh
holds output "$out" "Starting mesos-master on new"
lacks output "$out" "on old"
mkdir -p "$work/other"
echo chosen >"$work/other/masters"
MESOS_DEPLOY_DIR=$work/other call mesos-start-masters.sh
holds output "$out" "Starting mesos-master on chosen"

begin "agents and slaves"
fresh_tree
echo a >"$tree/etc/mesos/slaves"
call mesos-start-agents.sh
holds output "$out" "Starting mesos-agent on a"
same "no complaint" "" "$err"
echo a >"$tree/etc/mesos/agents"
call mesos-start-agents.sh
same "no complaint about equal files" "" "$err"
echo b >"$tree/etc/mesos/agents"
call mesos-start-slaves.sh
holds output "$out" "Starting mesos-agent on b"
lacks output "$out" "on a"
holds warning "$err" "etc/mesos/agents and $tree/etc/mesos/slaves differ"

begin "mesos-deploy-env.sh: options of ssh, sudo, another prefix"
fresh_tree
echo h >"$tree/etc/mesos/masters"
cat >"$tree/etc/mesos/mesos-deploy-env.sh" <<'ENV'
SSH_OPTS="-i key -p 23"
DEPLOY_WITH_SUDO=1
DEPLOY_REMOTE_PREFIX=/srv/mesos
ENV
call mesos-start-masters.sh
holds shown "$out" "ssh -i key -p 23 h sudo /srv/mesos/sbin/mesos-daemon.sh mesos-master </dev/null"
same run "ssh -i key -p 23 h sudo /srv/mesos/sbin/mesos-daemon.sh mesos-master </dev/null >/dev/null" \
  "$(cat "$log/ssh")"

begin "hosts that fail"
fresh_tree
printf 'closed1\nempty1\nfine\n' >"$tree/etc/mesos/masters"
call mesos-start-masters.sh
same "status, as ever" 0 "$status"
holds "hint about the key" "$err" "ssh could not log in to closed1"
holds "hint about the key" "$err" "-o BatchMode=yes"
holds "hint about the place" "$err" "empty1 has no usable $tree/sbin/mesos-daemon.sh"
holds "hint about the place" "$err" "DEPLOY_REMOTE_PREFIX"

begin "--check"
fresh_tree
printf 'closed1\nquiet\nme@fine\n' >"$tree/etc/mesos/masters"
echo 'export MESOS_PORT=5060' >"$tree/etc/mesos/mesos-master-env.sh"
export MESOS_DEPLOY_CHECK_SECS=1
call mesos-start-masters.sh --check
same status 2 "$status"
holds closed "$out" "closed1: FAILED (ssh could not start mesos-master)"
holds quiet "$out" "quiet: FAILED (http://address-of-quiet:5060/health does not answer"
holds fine "$out" "me@fine: OK"
holds "no questions" "$(cat "$log/ssh")" "ssh -o BatchMode=yes me@fine"
MESOS_DEPLOY_CHECK=1 call mesos-start-masters.sh
same "status by variable" 2 "$status"
echo fine >"$tree/etc/mesos/masters"
call mesos-start-masters.sh --check
same status 0 "$status"

begin "the whole cluster"
fresh_tree
echo m >"$tree/etc/mesos/masters"
echo s >"$tree/etc/mesos/slaves"
(cd "$tree/sbin" && "$SHELL_UNDER_TEST" mesos-start-cluster.sh >"$work/out" 2>"$work/err")
same status 0 "$?"
same output "Starting mesos-master on m
ssh m $tree/sbin/mesos-daemon.sh mesos-master </dev/null >/dev/null
Starting mesos-agent on s
ssh s $tree/sbin/mesos-daemon.sh mesos-agent </dev/null >/dev/null
Everything's started!" "$(cat "$work/out")"
call mesos-start-cluster.sh -s
holds "with sudo" "$(cat "$log/ssh")" "ssh m sudo $tree/sbin/mesos-daemon.sh mesos-master"
holds "with sudo" "$(cat "$log/ssh")" "ssh s sudo $tree/sbin/mesos-daemon.sh mesos-agent"
call mesos-stop-cluster.sh
same status 0 "$status"
same output "Stopping mesos-agent on s
Stopping mesos-master on m
Everything's stopped!" "$out"
same "order and names" "killall mesos-slave
killall mesos-agent
killall mesos-master" "$(cat "$log/kill")"
for script in mesos-start-cluster.sh mesos-stop-cluster.sh; do
  call "$script" -h
  same "status of $script -h" 1 "$status"
  holds "usage of $script" "$out" "Usage: $script [-h] [-s]"
  call "$script" -x
  same "status of $script -x" 1 "$status"
  holds "$script -x" "$out" "Invalid option: -x"
done
printf 'quiet' >"$tree/etc/mesos/masters"
call mesos-start-cluster.sh --check
same "status when a master is dead" 2 "$status"
lacks output "$out" "Everything's started!"
holds "the agents are started all the same" "$out" "s: OK"
rm "$tree/etc/mesos/slaves"
if [ ! -e /etc/mesos/slaves ] && [ ! -e /etc/mesos/agents ]; then
  call mesos-start-cluster.sh
  same "status without slaves" 1 "$status"
  lacks output "$out" "Everything's started!"
fi

begin "stop without killall, and with sudo"
fresh_tree
echo s >"$tree/etc/mesos/slaves"
mv "$work/stubs/killall" "$work/killall"
call mesos-stop-slaves.sh
same status 0 "$status"
same pkill "pkill -x mesos-slave
pkill -x mesos-agent" "$(cat "$log/kill")"
mv "$work/killall" "$work/stubs/killall"
DEPLOY_WITH_SUDO=1 call mesos-stop-agents.sh
same sudo "sudo killall mesos-slave
sudo killall mesos-agent" "$(cat "$log/sudo")"
echo closed1 >"$tree/etc/mesos/slaves"
call mesos-stop-agents.sh
same "status, as ever" 0 "$status"
holds hint "$err" "ssh could not log in to closed1"

begin "mesos-daemon.sh: variables, arguments, early words"
fresh_tree
cat >"$tree/etc/mesos/mesos-agent-env.sh" <<'ENV'
export MESOS_one=agent
export MESOS_two=agent
ENV
echo 'export MESOS_two=slave' >"$tree/etc/mesos/mesos-slave-env.sh"
call mesos-daemon.sh mesos-agent --attributes='a b;c' x
same status 0 "$status"
wait_for "$log/mesos-agent"
holds arguments "$(cat "$log/mesos-agent")" "args: --attributes=a b;c x"
holds variables "$(cat "$log/mesos-agent")" "MESOS_two=agent"
wait_for "$log/daemon/mesos-agent.out"
tries=0
until [ -s "$log/daemon/mesos-agent.out" ] || [ "$tries" -gt 200 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
same "early words" "early words of mesos-agent" "$(cat "$log/daemon/mesos-agent.out")"

begin "mesos-daemon.sh: a link in the place of the early words, and no place for them"
echo precious >"$work/precious"
ln -sf "$work/precious" "$log/daemon/mesos-agent.out"
call mesos-daemon.sh mesos-agent
same status 0 "$status"
tries=0
until [ -s "$log/daemon/mesos-agent.out" ] && [ ! -h "$log/daemon/mesos-agent.out" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 200 ] || break
  sleep 0.05
done
same "the file behind the link" precious "$(cat "$work/precious")"
same "early words" "early words of mesos-agent" "$(cat "$log/daemon/mesos-agent.out")"
rm "$log/mesos-agent" "$log/daemon/mesos-agent.out"
mkdir "$log/daemon/mesos-agent.out"
call mesos-daemon.sh mesos-agent
same status 0 "$status"
wait_for "$log/mesos-agent"
rm -r "$log/daemon/mesos-agent.out"

begin "mesos-daemon.sh: which files of variables are read"
rm "$log/mesos-agent"
echo s >"$tree/etc/mesos/slaves"
call mesos-start-slaves.sh
wait_for "$log/mesos-agent"
holds "start-slaves: agent, then slave" "$(cat "$log/mesos-agent")" "MESOS_one=agent"
holds "start-slaves: agent, then slave" "$(cat "$log/mesos-agent")" "MESOS_two=slave"
lacks "the switch stays inside" "$(cat "$log/mesos-agent")" "MESOS_DEPLOY_ENV"
call mesos-daemon.sh mesos-slave
wait_for "$log/mesos-slave"
holds "mesos-slave reads its own file" "$(cat "$log/mesos-slave")" "MESOS_two=slave"
lacks "and no other" "$(cat "$log/mesos-slave")" "MESOS_one"
rm "$log/mesos-agent" "$tree/etc/mesos/mesos-agent-env.sh"
call mesos-daemon.sh mesos-agent
wait_for "$log/mesos-agent"
holds "the slave's file where there is no other" "$(cat "$log/mesos-agent")" "MESOS_two=slave"

begin "mesos-daemon.sh: nothing to start"
fresh_tree
rm "$tree/sbin/mesos-master"
call mesos-daemon.sh mesos-master
same "status, as ever" 0 "$status"
holds error "$err" "there is no program $tree/sbin/mesos-master"
MESOS_DEPLOY_CHECK=1 call mesos-daemon.sh mesos-master
same "status where it is asked for" 127 "$status"
call mesos-daemon.sh
same "status without a program" 1 "$status"

begin "a link to a script, and a script found on the PATH"
fresh_tree
echo h >"$tree/etc/mesos/masters"
mkdir -p "$work/bin"
ln -sf "../opt/mesos/sbin/mesos-start-masters.sh" "$work/bin/mesos-start-masters.sh"
holds link "$("$work/bin/mesos-start-masters.sh" 2>&1)" "ssh h $tree/sbin/mesos-daemon.sh"
holds path "$(cd / && PATH=$tree/sbin:$PATH mesos-start-masters.sh 2>&1)" \
  "ssh h $tree/sbin/mesos-daemon.sh"

finish
