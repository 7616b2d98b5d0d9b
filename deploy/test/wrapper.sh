#!/bin/sh
# mesos-init-wrapper with folders of its own in the place of /etc, and a logger and daemons that
# write down what they were given. Compat: operations 1.5.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

tree=$work/usr
etc=$work/etc
log=$work/log
tools_without logger
PATH=$work/stubs:$work/tools
[ "$SHELL_UNDER_TEST" != bash ] || ln -s "$(PATH=/usr/bin:/bin command -v bash)" "$work/tools/bash"
export PATH MESOS_INIT_ETC="$etc"

fresh() {
  rm -rf "$tree" "$etc" "$log"
  mkdir -p "$tree/bin" "$tree/sbin" "$etc/default" "$etc/mesos" "$log" "$work/stubs"
  mkdir "$etc/mesos-master" "$etc/mesos-agent" "$etc/mesos-slave"
  cp "$deploy/bin/mesos-init-wrapper" "$tree/bin"
  for program in mesos-master mesos-agent mesos-slave; do
    cat >"$tree/sbin/$program" <<STUB
#!/bin/sh
for word; do echo "\$word"; done >$log/args
env >$log/env
ulimit -n >$log/nofile
echo "I1120 10:00:00.000000 1 main.rs:1] informs" >&2
echo "W1120 10:00:00.000000 1 main.rs:1] warns" >&2
echo "E1120 10:00:00.000000 1 main.rs:1] errs" >&2
echo "F1120 10:00:00.000000 1 main.rs:1] dies" >&2
echo "a frame of a trace" >&2
echo "plain words"
exit 3
STUB
    chmod +x "$tree/sbin/$program"
  done
  cat >"$work/stubs/logger" <<STUB
#!/bin/sh
if [ "\$1" = --help ]; then echo " --prio-prefix"; exit; fi
stream=err
case "\$*" in *user.info*) stream=info ;; esac
echo "\$*" >$log/\$stream.options
cat >$log/\$stream.part
mv $log/\$stream.part $log/\$stream
STUB
  chmod +x "$work/stubs/logger"
}

# call WORD: sets status, args, notes (what was written as the log).
call() {
  status=0
  "$SHELL_UNDER_TEST" "$tree/bin/mesos-init-wrapper" "$@" >"$work/out" 2>"$work/err" || status=$?
  args=
  [ ! -e "$log/args" ] || args=$(cat "$log/args")
  notes=$(cat "$work/err")
}

# logged: waits until the loggers have ended, as they do after the daemon.
logged() {
  wait_for "$log/info"
  wait_for "$log/err"
  notes=$(cat "$log/err")
}

begin "words that are no role"
fresh
call
same status 1 "$status"
holds message "$notes" "use master or agent/slave"
call driver
same status 1 "$status"
call master --port=1
same status 1 "$status"
call --help
same status 0 "$status"
holds usage "$(cat "$work/out")" "mesos-init-wrapper (master|agent|slave)"

begin "variables become flags"
fresh
echo zk://h:2181/mesos >"$etc/mesos/zk"
cat >"$etc/default/mesos" <<'ENV'
LOGS=/var/log/mesos
ULIMIT="-n 1024"
MESOS_quiet=true
ENV
echo "PORT=5050 IP=10.0.0.1 CLUSTER=test ZK=\$(cat $etc/mesos/zk)" >"$etc/default/mesos-master"
echo "MASTER=\$(cat $etc/mesos/zk) ISOLATION=cgroups/cpu" >"$etc/default/mesos-slave"
call master
same "status of the daemon" 3 "$status"
same arguments "--zk=zk://h:2181/mesos
--ip=10.0.0.1
--port=5050
--cluster=test
--log_dir=/var/log/mesos" "$args"
same limit 1024 "$(cat "$log/nofile")"
holds variables "$(cat "$log/env")" "MESOS_quiet=true"
holds locale "$(cat "$log/env")" "LC_ALL=en_US.UTF-8"
call agent
same "arguments of the agent" "--master=zk://h:2181/mesos
--log_dir=/var/log/mesos
--isolation=cgroups/cpu" "$args"

begin "files become flags"
fresh
echo 1 >"$etc/mesos-master/quorum"
printf '{\n  "a": 1\n}\n\n' >"$etc/mesos-master/acls"
touch "$etc/mesos-master/?no-registry_strict" "$etc/mesos-master/?authenticate"
mkdir "$etc/mesos-master/folder"
call master
same arguments "--no-registry_strict
--authenticate
--acls={
  \"a\": 1
}
--quorum=1" "$(echo "$args" | grep -- --no-; echo "$args" | grep -v -- --no-)"

begin "leftovers are skipped and named"
fresh
echo 1 >"$etc/mesos-master/quorum"
touch "$etc/mesos-master/?no-logger"
for leftover in quorum.rpmsave zk.rpmnew a.rpmorig zk.dpkg-old zk.dpkg-dist x.ucf-new 'work_dir~' \
  '.#port' '.port.swp' '#ip#'; do
  echo "$leftover" >"$etc/mesos-master/$leftover"
done
call master
same arguments "--quorum=1" "$args"
for leftover in quorum.rpmsave zk.dpkg-old 'work_dir~' '.#port' '#ip#'; do
  holds note "$notes" "skipped $etc/mesos-master/$leftover: it is a leftover"
done

begin "a file wins over a variable"
fresh
echo "PORT=5050 ZK=zk://a/m" >"$etc/default/mesos-master"
echo 5055 >"$etc/mesos-master/port"
touch "$etc/mesos-master/?no-logger"
call master
same arguments "--zk=zk://a/m
--port=5055" "$args"
holds note "$notes" "$etc/mesos-master/port counts for --port; the variable PORT is dropped"
echo "ZK=zk://user:secret@a/m" >"$etc/default/mesos-master"
echo zk://b/m >"$etc/mesos-master/zk"
call master
holds note "$notes" "$etc/mesos-master/zk counts for --zk; the variable ZK is dropped"
lacks "a password" "$notes" secret

begin "both folders of the agent"
fresh
touch "$etc/mesos-slave/?no-logger"
echo /var/lib/mesos >"$etc/mesos-slave/work_dir"
echo /var/lib/mesos >"$etc/mesos-agent/work_dir"
echo 5051 >"$etc/mesos-slave/port"
echo 5052 >"$etc/mesos-agent/port"
touch "$etc/mesos-slave/?switch_user" "$etc/mesos-agent/?no-switch_user"
echo old >"$etc/mesos-slave/hostname"
call agent
same arguments "--hostname=old
--no-switch_user
--port=5052
--work_dir=/var/lib/mesos" "$(echo "$args" | sort)"
holds note "$notes" "$etc/mesos-agent/port and $etc/mesos-slave/port differ: $etc/mesos-agent/port counts"
lacks note "$notes" "work_dir"
holds note "$notes" "$etc/mesos-agent/?no-switch_user and $etc/mesos-slave/?switch_user differ"
echo MASTER=one:5050 >"$etc/default/mesos-slave"
echo MASTER=two:5050 >"$etc/default/mesos-agent"
call slave
holds "the new file's variable" "$args" "--master=two:5050"
echo three:5050 >"$etc/mesos-slave/master"
call slave
holds "a file of the old folder wins over variables" "$args" "--master=three:5050"
lacks "once" "$args" "two"

begin "attributes and resources"
fresh
touch "$etc/mesos-slave/?no-logger"
mkdir "$etc/mesos-slave/attributes" "$etc/mesos-agent/attributes" "$etc/mesos-slave/resources"
echo r1 >"$etc/mesos-slave/attributes/rack"
echo ssd >"$etc/mesos-agent/attributes/disk"
echo hdd >"$etc/mesos-slave/attributes/disk"
echo no >"$etc/mesos-slave/attributes/rack.dpkg-old"
: >"$etc/mesos-slave/attributes/empty"
echo 4 >"$etc/mesos-slave/resources/cpus"
echo '[31000-32000]' >"$etc/mesos-slave/resources/ports"
call agent
same arguments "--attributes=disk:ssd;rack:r1
--resources=cpus:4;ports:[31000-32000]" "$args"
holds note "$notes" "attributes/disk differ"

begin "output goes to syslog by severity"
fresh
echo 9 >"$etc/mesos-master/x.rpmsave"
call master
same "status of the daemon" 3 "$status"
logged
same "stdout" "plain words" "$(cat "$log/info")"
holds "tag" "$(cat "$log/info.options")" "-p user.info -t mesos-master["
holds "tag" "$(cat "$log/err.options")" "-t mesos-master["
same "stderr" "<14>I
<12>W
<11>E
<10>F
<11>a" "$(grep -v rpmsave "$log/err" | cut -c1-5)"
holds "the wrapper's own notes" "$notes" "<12>W"
holds "the wrapper's own notes" "$notes" "mesos-init-wrapper:1] skipped"
rm "$log/err" "$log/info"
echo SYSLOG_SEVERITY=off >"$etc/default/mesos"
call master
logged
lacks "mapping is off" "$notes" "<14>"
holds "mapping is off" "$notes" "<11>I1120"

begin "no logger at all"
fresh
rm "$work/stubs/logger"
call master
same status 3 "$status"
holds note "$notes" "there is no program 'logger'"
holds "stderr as it is" "$notes" "E1120 10:00:00.000000 1 main.rs:1] errs"
holds "stdout as it is" "$(cat "$work/out")" "plain words"

begin "no daemon"
fresh
rm "$tree/sbin/mesos-agent"
call agent
same status 1 "$status"
holds message "$notes" "there is no program $tree/sbin/mesos-agent"

finish
