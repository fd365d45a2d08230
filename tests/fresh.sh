#!/usr/bin/env bash
# Clones the committed state and runs the README's two commands in an empty environment, as a new user does.
#   --quick         `make setup` and one demo only
#   --user NAME     as an ordinary user (needs root)
#   --no-apt        without apt
#   --no-userns     without user namespaces, so that Chromium's sandbox is not possible (needs --user)
#   --proxy         with proxy variables of an unreachable proxy, after the setup
#   --interrupted   kills the setup three times, then continues
#   --keep          keeps the folder
# PYTHON=path names a Python that is not on the standard PATH.
set -euo pipefail
quick='' user='' apt=yes userns=yes proxy='' interrupted='' keep=''
while (($#)); do
  case $1 in
    --quick) quick=yes ;;
    --user) user=${2:?--user NAME} && shift ;;
    --no-apt) apt='' ;;
    --no-userns) userns='' ;;
    --proxy) proxy=yes ;;
    --interrupted) interrupted=yes ;;
    --keep) keep=yes ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0" && exit 2 ;;
  esac
  shift
done

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/fresh.XXXXXX")
path=/usr/local/bin:/usr/bin:/bin
finish() {
  code=$?
  if [[ -z $keep ]]; then rm -rf "$work"; else echo "kept in $work"; fi
  exit $code
}
trap finish EXIT

git clone -q --no-hardlinks "$root" "$work/clone"
mkdir "$work/home"
if [[ -z $apt ]]; then
  mkdir "$work/bin"
  for folder in /bin /usr/bin /usr/local/bin; do
    find "$folder/" -maxdepth 1 '(' -type f -o -type l ')' ! -name 'apt*' ! -name 'dpkg*' -exec ln -sft "$work/bin" {} +
  done
  path=$work/bin
fi
as=()
if [[ -n $user ]]; then
  chmod 755 "$work" && chown -R "$user:" "$work"
  as=(setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups)
fi
if [[ -z $userns ]]; then
  [[ -n $user ]] || { echo "--no-userns needs --user NAME"; exit 2; }
  # The limit applies inside a new namespace; the capability to set it is dropped before anything runs.
  as+=(unshare --user --map-current-user --keep-caps bash -c
    'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps -all --inh-caps -all "$@"' -)
fi
clean=(env -i "PATH=$path" "HOME=$work/home" LANG=C.UTF-8)
arguments=(-C "$work/clone")
if [[ -n ${PYTHON:-} ]]; then arguments+=("PYTHON=$PYTHON"); fi

run() { # what, then variables and the target
  local began=$SECONDS
  echo "== $1 (${user:-$(id -un)}, apt: ${apt:-no}, user namespaces: ${userns:-no})"
  shift
  "${as[@]}" "${clean[@]}" "${@:1:$#-1}" make "${arguments[@]}" "${@: -1}" </dev/null
  echo "== $((SECONDS - began)) s"
}

if [[ -n $interrupted ]]; then
  for after in 1 3 6; do
    echo "== make setup, killed after $after s"
    "${as[@]}" "${clean[@]}" setsid timeout -s KILL "$after" make "${arguments[@]}" setup </dev/null || true
  done
fi
run 'make setup' setup
dead=()
if [[ -n $proxy ]]; then
  dead=(HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9)
  dead+=(http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 all_proxy=http://127.0.0.1:9)
fi
run 'make demo' "${dead[@]}" APPROVE=yes demo
if [[ -z $quick ]]; then run 'make test' "${dead[@]}" test; fi
left=$(git -c safe.directory='*' -C "$work/clone" status --porcelain)
if [[ -n $left ]]; then echo "not ignored: $left" && exit 1; fi
run 'make clean' clean
echo "fresh: passed"
