# shellcheck shell=bash
# Common to the scripts here; sourced, never run. Debian's own tools come first, whatever else the
# machine has: its Python knows boto3, its AWS CLI is the one the tests were written against.
export PATH="/usr/bin:/bin:/usr/sbin:/sbin:$PATH"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$(basename "$0"): $*"
	exit 1
}

# as_root COMMAND...: with sudo only where it is needed.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root or sudo to run: $*"
	fi
}

# missing_packages KIND...: those of scripts/packages that are not installed, one a line.
missing_packages() {
	local kinds wanted
	kinds=$(IFS='|' && printf '%s' "$*")
	mapfile -t wanted < <(awk -v kinds="^($kinds)\$" '$1 ~ kinds { print $2 }' scripts/packages | sort)
	comm -23 <(printf '%s\n' "${wanted[@]}") <(
		{ dpkg-query -W -f '${Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true; } |
			sed -n 's/^install ok installed //p' | sort -u
	)
}

# Debian starts a service when its package is installed. Nobody asked for a Redis on port 6379, so
# services are forbidden to start meanwhile, unless the machine has a policy of its own.
policy=/usr/sbin/policy-rc.d

forbid_services() {
	[ ! -e "$policy" ] || return 0
	trap allow_services EXIT
	printf '#!/bin/sh\n# understudy: while packages are installed\nexit 101\n' |
		as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
}

allow_services() {
	trap - EXIT
	if grep -qs '^# understudy: ' "$policy"; then
		as_root rm -f "$policy"
	fi
}

# install_missing KIND...: says nothing and does nothing when all is there.
install_missing() {
	local packages log
	mapfile -t packages < <(missing_packages "$@")
	[ "${#packages[@]}" -gt 0 ] || return 0
	say "installing: ${packages[*]}"
	log=$(mktemp)
	forbid_services
	if ! { as_root apt-get -q update && as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y --no-install-recommends install "${packages[@]}"; } >"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		die "could not install: ${packages[*]}"
	fi
	allow_services
	case " ${packages[*]} " in
	*" redis-server "*) # nor at the next boot
		[ ! -d /run/systemd/system ] || as_root systemctl --quiet disable redis-server || true
		;;
	esac
	rm -f "$log"
}

# build DIRECTORY [MESON OPTIONS...]: configures a tree once, then builds what has changed: all of it,
# or $targets. Output is shown only when something is wrong.
build() {
	local tree=$1 log
	shift
	mkdir -p build
	log=build/$(basename "$tree").log
	if [ ! -e "$tree/build.ninja" ]; then
		say "building in $tree"
		rm -rf "$tree"
		meson setup "$tree" "$@" >"$log" 2>&1 || {
			cat "$log" >&2
			die "could not configure $tree"
		}
	fi
	# shellcheck disable=SC2086 # a list
	ninja -C "$tree" --quiet ${targets:-} >"$log" 2>&1 || {
		cat "$log" >&2
		die "could not build $tree"
	}
}
