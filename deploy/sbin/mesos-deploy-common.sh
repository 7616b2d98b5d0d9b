# shellcheck shell=sh
# What the deploy scripts share: where files are, the lists of hosts, ssh, and what is said when it
# fails. It is read by the scripts beside it; started by itself it does nothing.
# Compat: operations 2.1 to 2.3.
#
# The reader has set `self` to its own place. Nothing is fixed when the tree is installed: the
# prefix is the folder above this one, so the tree can be moved.

# Operators' files (mesos-*-env.sh) used to be read by bash and may rely on it, so bash goes on
# where there is one. Everything here is plain POSIX.
: "${self:?}"
if [ -z "${BASH_VERSION-}" ] && command -v bash >/dev/null 2>&1; then
  exec bash "$self" "$@"
fi

name=${self##*/}
sbin=$(cd "${self%/*}" && pwd) || exit 1
case $sbin in
# On systems where /sbin is a link to /usr/sbin the files lie below /usr.
/sbin | /bin) sbin=$(cd "$sbin" && pwd -P) ;;
esac
prefix=${sbin%/*}

# An installer that was given another --sysconfdir may put it here; the other places stay.
sysconfdir='@sysconfdir@'
case $sysconfdir in
/*) ;;
*) sysconfdir=$prefix/etc ;;
esac
DEPLOY_DIR=${MESOS_DEPLOY_DIR:-$sysconfdir/mesos}

# Prints the folders in which files are looked for, the first one wins.
deploy_folders() {
  printf '%s\n' "$DEPLOY_DIR" "$prefix/etc/mesos" "$prefix/var/mesos/deploy" /etc/mesos
}

# find_file NAME: prints its path, or fails.
find_file() {
  found=$(deploy_folders | while IFS= read -r folder; do
    if [ -e "$folder/$1" ]; then
      printf '%s\n' "$folder/$1"
      break
    fi
  done)
  [ -n "$found" ] && printf '%s\n' "$found"
}

warn() {
  printf '%s: %s\n' "$name" "$*" >&2
}

# read_env NAME: reads that file of variables into this shell, if there is one.
read_env() {
  env_file=$(find_file "$1") || return 0
  # shellcheck disable=SC1090
  . "$env_file"
}

# The options of ssh and whether to use sudo.
read_deploy_env() {
  read_env mesos-deploy-env.sh
  case ${MESOS_DEPLOY_CHECK-} in
  1) check=1 ;;
  *) check= ;;
  esac
}

# hosts_in FILE: one or more hosts per line; a `#` at the start of a line or behind a blank begins
# a comment; lines may end as on Windows.
hosts_in() {
  tr -d '\r' <"$1" | sed -e '/^#/d' -e 's/[[:blank:]]#.*//'
}

# find_list NAME...: sets `list` to the file with the hosts: in the first folder that has one of
# the names, the first name that is there.
find_list() {
  list=
  usual_ifs=$IFS
  IFS='
'
  for folder in $(deploy_folders); do
    IFS=$usual_ifs
    for list_name; do
      [ -e "$folder/$list_name" ] || continue
      if [ -z "$list" ]; then
        list=$folder/$list_name
      elif [ "$(hosts_in "$list")" != "$(hosts_in "$folder/$list_name")" ]; then
        warn "$list and $folder/$list_name differ; $list counts"
      fi
    done
    [ -z "$list" ] || return 0
  done
  for last_name; do :; done
  echo "Failed to find $DEPLOY_DIR/$last_name"
  warn "looked for $(printf '%s' "$*" | sed 's/ / or /g') in:"
  deploy_folders | sort -u | sed 's/^/  /' >&2
  warn "write one host per line into it; lines that begin with # are skipped"
  exit 1
}

# One line for each host whose ssh did not end well, saying what can be done.
explain_ssh() {
  case $2 in
  0) ;;
  255)
    warn "ssh could not log in to $1. The scripts need that without a password:" \
      "\`ssh -o BatchMode=yes $1 true\` must work. \`ssh-copy-id $1\` copies the key;" \
      "other keys and ports go into SSH_OPTS in mesos-deploy-env.sh or into ~/.ssh/config"
    ;;
  126 | 127)
    warn "$1 has no usable $remote_sbin/mesos-daemon.sh. Install in the same place on all hosts," \
      "or set DEPLOY_REMOTE_PREFIX in mesos-deploy-env.sh"
    ;;
  *) warn "the command on $1 ended with status $2" ;;
  esac
}

# on_each_host ANNOUNCEMENT SHOWN COMMAND: runs it on every host of `list` at once; `failed` then
# holds those whose ssh could not log in.
on_each_host() {
  jobs=
  failed=
  for host in $(hosts_in "$list"); do
    echo "$1 on $host"
    # SSH_OPTS is a list of words.
    # shellcheck disable=SC2086
    if [ "$2" = shown ]; then
      echo ssh ${SSH_OPTS-} "$host" "$3"
    fi
    # shellcheck disable=SC2086,SC2029
    ssh ${check:+-o BatchMode=yes} ${SSH_OPTS-} "$host" "$3" &
    jobs="$jobs $!=$host"
    sleep 0.1
  done
  [ -n "$jobs" ] || warn "$list names no host"
  for job in $jobs; do
    status=0
    wait "${job%%=*}" || status=$?
    # A stop script's status says whether something was running, and that it prints itself.
    if [ "$2" = quiet ] && [ "$status" != 255 ]; then
      continue
    fi
    explain_ssh "${job#*=}" "$status"
    [ "$status" = 0 ] || failed="$failed ${job#*=} "
  done
}

# usage_of_start WHAT [TEXT]
usage_of_start() {
  echo "Usage: $name [-h] [--check]"
  echo " -h          display this message"
  echo " --check     wait until each $1 answers; exit with 2 if one does not"
  if [ -n "${2-}" ]; then
    printf '\n%s\n' "$2"
  fi
  exit 1
}

# start_arguments WHAT ARGUMENT...: of a script that starts, and the operator's settings.
start_arguments() {
  what=$1
  shift
  for argument; do
    case $argument in
    --check) MESOS_DEPLOY_CHECK=1 ;;
    -h | --help) usage_of_start "$what" ;;
    *) usage_of_start "$what" "Invalid argument: $argument" ;;
    esac
  done
  read_deploy_env
}

# no_arguments ARGUMENT...: of a script that stops, and the operator's settings.
no_arguments() {
  if [ $# -gt 0 ]; then
    echo "Usage: $name"
    exit 1
  fi
  read_deploy_env
}

# start_all PROGRAM PORT [VARIABLE]: the whole of a start script behind its arguments.
start_all() {
  remote_sbin=${DEPLOY_REMOTE_PREFIX:+$DEPLOY_REMOTE_PREFIX/sbin}
  remote_sbin=${remote_sbin:-$sbin}
  daemon="${3:+env $3 }$remote_sbin/mesos-daemon.sh"
  [ "${DEPLOY_WITH_SUDO-}" != 1 ] || daemon="sudo $daemon"
  on_each_host "Starting $1" shown "$daemon $1 </dev/null >/dev/null"
  [ -n "$check" ] || exit 0
  check_all "$1" "$(port_of "$1" "$2")"
}

# port_of PROGRAM DEFAULT: what this host's file of variables says, the same as on the others.
port_of() {
  (
    read_env "$1-env.sh" >/dev/null 2>&1
    printf '%s' "${MESOS_port:-${MESOS_PORT:-$2}}"
  )
}

# Whether the address answers with success; without an HTTP client ssh asks for the process.
answers() {
  if command -v curl >/dev/null 2>&1; then
    curl -sf --noproxy '*' --max-time 2 -o /dev/null "http://$2:$3/health"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -T 2 -t 1 --no-proxy -O /dev/null "http://$2:$3/health" 2>/dev/null
  else
    # shellcheck disable=SC2086,SC2029
    ssh -o BatchMode=yes ${SSH_OPTS-} "$1" "pgrep -x $4 >/dev/null" 2>/dev/null
  fi
}

# The name or address behind a host as ssh knows it (user@host, aliases of ~/.ssh/config).
address_of() {
  # shellcheck disable=SC2086
  real=$(ssh -G ${SSH_OPTS-} "$1" 2>/dev/null | sed -n 's/^hostname //p')
  printf '%s' "${real:-${1##*@}}"
}

# check_all PROGRAM PORT: one line per host, and 2 as exit status if one failed.
check_all() {
  bad=0
  limit=$(($(date +%s) + ${MESOS_DEPLOY_CHECK_SECS:-10}))
  for host in $(hosts_in "$list"); do
    case $failed in
    *" $host "*)
      echo "$host: FAILED (ssh could not start $1)"
      bad=2
      continue
      ;;
    esac
    address=$(address_of "$host")
    until answers "$host" "$address" "$2" "$1"; do
      if [ "$(date +%s)" -ge "$limit" ]; then
        echo "$host: FAILED (http://$address:$2/health does not answer; on $host see" \
          "\$MESOS_log_dir or /var/log/mesos/$1.out)"
        bad=2
        continue 2
      fi
      sleep 0.2
    done
    echo "$host: OK"
  done
  exit "$bad"
}

# kill_command NAME...: what ends the programs of these names; the first is the usual one, and
# only for it a missing process is worth a message. Minimal systems have no killall.
kill_command() {
  sudo=
  [ "${DEPLOY_WITH_SUDO-}" != 1 ] || sudo='sudo '
  first=$1
  shift
  text="if command -v killall >/dev/null 2>&1; then"
  others=
  for other; do
    text="$text ${sudo}killall $other 2>/dev/null;"
    others="$others ${sudo}pkill -x $other;"
  done
  text="$text ${sudo}killall $first;"
  printf "sh -c '%s else%s %spkill -x %s; fi'" "$text" "$others" "$sudo" "$first"
}

# stop_all NAME...: the whole of a stop script.
stop_all() {
  check=
  on_each_host "Stopping $1" quiet "$(kill_command "$@")"
  exit 0
}
