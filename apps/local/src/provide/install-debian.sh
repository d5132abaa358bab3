#!/bin/sh
# Installs what Sagekeep's local stack needs on Debian 12 or 13. As root; one run at a time; starts no service, creates
# no PostgreSQL cluster, and puts back every system file that it changed, also after an earlier run was killed.
# usage: install-debian.sh [--vector MAJOR] [--mirror URI] [PACKAGE...]
set -eu
vector='' mirror=''
while [ $# -gt 0 ]; do
  case $1 in
    --vector) vector=$2; shift 2 ;;
    --mirror) mirror=$2; shift 2 ;;
    *) break ;;
  esac
done

export DEBIAN_FRONTEND=noninteractive LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mark='sagekeep: no service starts while its installation runs'
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.conf
saved=before-sagekeep

mkdir -p /run/lock
exec 9>/run/lock/sagekeep-install.lock
flock 9
work=$(mktemp -d)

put_back() {
  if [ -e "$policy.$saved" ]; then
    mv -f "$policy.$saved" "$policy"
  elif grep -qs "$mark" "$policy"; then
    rm -f "$policy"
  fi
  if [ -e "$clusters.$saved" ]; then mv -f "$clusters.$saved" "$clusters"; fi
}
trap 'put_back; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
put_back

# What apt has to say is shown only when it fails.
quietly() {
  if ! "$@" >"$work/log" 2>&1 9>&-; then
    tail -n 30 "$work/log" >&2
    echo "failed: $*" >&2
    return 1
  fi
}
apt() { quietly apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"; }
install() { apt install --no-install-recommends "$@"; }

keep_services_off() {
  if [ -e "$policy" ]; then cp -p "$policy" "$policy.$saved"; fi
  printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$policy"
  chmod 755 "$policy"
}

# The default cluster on 5432 is nobody's wish here; people who want one can still create it.
keep_clusters_off() {
  [ -e "$clusters" ] || install postgresql-common
  cp -p "$clusters" "$clusters.$saved"
  sed -i '/^[[:space:]]*create_main_cluster/d' "$clusters"
  echo 'create_main_cluster = false' >>"$clusters"
}

# Debian 12 has no binary package: trixie's source with the headers of this release's own server.
build_vector() {
  [ -n "$mirror" ] || { echo 'no Debian mirror found in the apt sources to take the source of pgvector from' >&2; return 1; }
  install gcc libc6-dev make
  mkdir -p "$work/lists/partial"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$work/trixie.list"
  cd "$work"
  trixie="-o Dir::Etc::sourcelist=$work/trixie.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$work/lists"
  trixie="$trixie -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root"
  # shellcheck disable=SC2086 # one option per word
  apt $trixie update
  # shellcheck disable=SC2086
  apt $trixie source --download-only pgvector
  apt -o APT::Sandbox::User=root download "postgresql-server-dev-$1"
  mkdir source headers
  tar -xzf pgvector_*.orig.tar.gz -C source --strip-components=1
  dpkg -x postgresql-server-dev-*.deb headers
  # The server's package brings PGXS but not its headers; installing those would pull in clang and LLVM.
  headers=$work/headers/usr/include/postgresql/$1/server
  quietly make -C source PG_CONFIG="/usr/lib/postgresql/$1/bin/pg_config" PG_CPPFLAGS="-I$headers" OPTFLAGS= with_llvm=no
  command install -m 644 source/vector.so "/usr/lib/postgresql/$1/lib/vector.so"
  command install -m 644 source/sql/vector--*.sql "/usr/share/postgresql/$1/extension/"
  # Last: its presence is what says that pgvector is there.
  command install -m 644 source/vector.control "/usr/share/postgresql/$1/extension/vector.control"
  cd /
}

apt update || echo 'sagekeep: apt-get update failed; going on with the package lists that are there' >&2
keep_services_off
# apt refuses to go on where an earlier run was killed within dpkg. It fails while somebody else's is at work: apt waits.
if [ -n "$(ls /var/lib/dpkg/updates)" ]; then dpkg --configure -a >/dev/null 2>&1 9>&- || :; fi
for package in "$@"; do
  case $package in postgresql-*) keep_clusters_off; break ;; esac
done
redis_was_there=$(command -v redis-server || :)
if [ $# -gt 0 ]; then install "$@"; fi
# Its package would start it on 6379 at the next boot.
if [ -z "$redis_was_there" ] && command -v systemctl >/dev/null; then
  systemctl disable redis-server.service >/dev/null 2>&1 || :
fi
if [ -n "$vector" ] && [ ! -e "/usr/share/postgresql/$vector/extension/vector.control" ]; then
  if apt-cache show "postgresql-$vector-pgvector" >/dev/null 2>&1; then
    install "postgresql-$vector-pgvector"
  else
    build_vector "$vector"
  fi
fi
