#!/usr/bin/env bash
# Builds stand-ins for the Dockerfile's two base images where no image registry can be reached, so that the Dockerfile
# itself is built and run for real. For tests only: never publish what is built on them.
#
#   stand-in-base.sh build   TAG NODE_BINARY   like node:<major>-<debian>-slim   (node, npm, sh)
#   stand-in-base.sh runtime TAG NODE_BINARY   like gcr.io/distroless/nodejs<major> (node alone, at /nodejs/bin/node, no shell)
#
# Needs root, npm, Debian's debootstrap and a running Docker. The host's CA bundle goes into the image, so that npm works
# behind a proxy with a CA of its own. DOCKER names the client to use, STAND_IN_CACHE the directory of the Debian root.
set -euo pipefail
kind=${1:?build or runtime}; tag=${2:?tag}; node_binary=$(readlink -f "${3:?path of a node binary}")
docker=${DOCKER:-docker}
suite=${STAND_IN_SUITE:-bookworm}
cache=${STAND_IN_CACHE:-/var/cache/eventhub-worker-stand-in}
certificates=/etc/ssl/certs/ca-certificates.crt

build_image() {
  local root=$cache/$suite npm_home
  if [ ! -e "$root/.done" ]; then
    rm -rf "$root"; mkdir -p "$cache"
    debootstrap --variant=minbase "$suite" "$root" >"$cache/debootstrap.log" 2>&1
    touch "$root/.done"
  fi
  install -D -m 755 "$node_binary" "$root/usr/local/bin/node"
  npm_home=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  rm -rf "$root/usr/local/lib/node_modules/npm"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -a "$npm_home" "$root/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  install -D -m 644 "$certificates" "$root$certificates"
  tar -C "$root" --exclude=./.done -c . | "$docker" import \
    --change 'CMD ["node"]' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change "ENV NODE_EXTRA_CA_CERTS=$certificates" - "$tag" >/dev/null
}

# Copies a shared library under the name it is asked for by.
copy_library() { install -D -m 755 "$(readlink -f "$1")" "$2$1"; }

runtime_image() {
  local root library path
  root=$(mktemp -d); trap 'rm -rf "$root"' RETURN
  chmod 755 "$root"
  mkdir -p "$root"/{nodejs/bin,etc/ssl/certs,home/nonroot,lib64}
  install -d -m 1777 "$root/tmp"
  cp "$node_binary" "$root/nodejs/bin/node"
  ldd "$node_binary" | awk '$3 ~ /^\// {print $3} $1 ~ /^\// {print $1}' |
    while read -r path; do copy_library "$path" "$root"; done
  for library in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do
    path=$(ldconfig -p | awk -v library="$library" '$1 == library && !found {print $NF; found = 1}')
    if [ -n "$path" ]; then copy_library "$path" "$root"; fi
  done
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
  printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
  cp -L "$certificates" "$root/etc/ssl/certs/"
  tar -C "$root" -c . | "$docker" import \
    --change 'ENTRYPOINT ["/nodejs/bin/node"]' --change 'USER 65532' --change 'WORKDIR /home/nonroot' \
    --change "ENV NODE_EXTRA_CA_CERTS=$certificates" - "$tag" >/dev/null
}

case $kind in
  build) build_image ;;
  runtime) runtime_image ;;
  *) echo "stand-in-base.sh: $kind is neither build nor runtime" >&2; exit 2 ;;
esac
