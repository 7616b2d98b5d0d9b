# shellcheck shell=sh
# What the tests of the shell scripts share: a folder of their own, checks, and the end.
# `cargo xtask client deploy` runs them; by hand: `dash deploy/test/scripts.sh`.

: "${SHELL_UNDER_TEST:=sh}"
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034 # the tests read it
deploy=${here%/test}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
checks=0

fail() {
  failures=$((failures + 1))
  echo "FAILED: $case_name: $*"
}

begin() {
  case_name=$*
}

# same WHAT EXPECTED SEEN
same() {
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: expected <$2>, seen <$3>"
}

# holds WHAT TEXT PART
holds() {
  checks=$((checks + 1))
  case $2 in
  *"$3"*) ;;
  *) fail "$1: <$3> is not in <$2>" ;;
  esac
}

# lacks WHAT TEXT PART
lacks() {
  checks=$((checks + 1))
  case $2 in
  *"$3"*) fail "$1: <$3> is in <$2>" ;;
  esac
}

# wait_for FILE: until it is there and complete (the writer moves it into place).
wait_for() {
  tries=0
  until [ -e "$1" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 200 ]; then
      fail "$1 did not appear"
      return
    fi
    sleep 0.05
  done
}

# A PATH with every program but bash and those named, so that dash itself is under test.
tools_without() {
  mkdir -p "$work/tools"
  rm -f "$work/tools"/*
  for folder in /usr/local/bin /usr/bin /bin /usr/sbin /sbin; do
    for tool in sh dash awk cat chmod cp cut date dd dirname env grep head hostname id kill ln logger ls mkdir \
      mkfifo mktemp mv nohup od printf pwd readlink rm sed sleep sort tail tr touch true wc; do
      if [ -x "$folder/$tool" ] && [ ! -e "$work/tools/$tool" ]; then
        ln -s "$folder/$tool" "$work/tools/$tool"
      fi
    done
  done
  for tool; do
    rm -f "$work/tools/$tool"
  done
}

finish() {
  if [ "$failures" -gt 0 ]; then
    echo "$failures of $checks checks failed under $SHELL_UNDER_TEST"
    exit 1
  fi
  echo "$checks checks passed under $SHELL_UNDER_TEST"
}
