# Sourced by script/run, test, dev and bench: `source script/setup.sh PURPOSE...` makes sure that
# everything these purposes need is here, and says what it does. Quick when nothing is missing.
# Purposes: window (build it), display (run it without one), proof (the tests), ui (the page).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Where rustup puts cargo, and where Debian puts mosquitto, also for shells that do not look there.
PATH="$PATH:$HOME/.cargo/bin:/usr/sbin"
export NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false NPM_CONFIG_UPDATE_NOTIFIER=false

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
stop() { say "$*"; exit 1; }

# Adds a Debian package to the list of missing ones unless its probe succeeds.
missing=()
need() { # package, probe...
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

needs_of() {
    case $1 in
    window)
        need pkg-config command -v pkg-config
        need libwebkit2gtk-4.1-dev pkg-config --exists webkit2gtk-4.1
        ;;
    display)
        need xvfb command -v Xvfb
        need xauth command -v xauth
        need webkit2gtk-driver command -v WebKitWebDriver
        ;;
    proof)
        need mosquitto command -v mosquitto
        need mosquitto-clients command -v mosquitto_sub
        need dbus type dbus-daemon dbus-send
        need gnome-keyring command -v gnome-keyring-daemon
        need openssl command -v openssl
        ;;
    esac
}

# Our tests start brokers and keychains of their own. A mosquitto service that is on this machine
# already is left alone; one that only comes with the package we install is neither started now nor at
# the next boot. It is the same with GNOME's keychain and the next login.
install_missing() {
    local as_root=() result=0 policy=
    if ((EUID != 0)); then
        as_root=(sudo)
        command -v sudo >/dev/null || stop "needs root or sudo to install: ${missing[*]}"
    fi
    say "installing missing system packages: ${missing[*]}"
    if [[ " ${missing[*]} " == *" mosquitto "* && ! -e /usr/sbin/policy-rc.d ]]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
    fi
    "${as_root[@]}" apt-get -qq update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install --no-install-recommends "${missing[@]}" >/dev/null || result=$?
    if [[ -n $policy ]]; then
        "${as_root[@]}" rm -f "$policy"
        "${as_root[@]}" systemctl --quiet disable mosquitto 2>/dev/null || true
    fi
    if [[ " ${missing[*]} " == *" gnome-keyring "* ]]; then
        "${as_root[@]}" systemctl --quiet --global disable gnome-keyring-daemon.{socket,service} \
            2>/dev/null || true
    fi
    ((result == 0)) || stop "could not install ${missing[*]} (see above); install them and try again"
}

system_packages() {
    local purpose
    need build-essential command -v cc
    for purpose; do needs_of "$purpose"; done
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null ||
        stop "this system is not Debian or Ubuntu. Install what these Debian packages hold, then" \
            "try again: ${missing[*]}"
    install_missing
}

tool_chains() {
    command -v cargo >/dev/null ||
        stop "Rust is missing. Install rustup from https://rustup.rs (it reads rust-toolchain.toml)"
    command -v node >/dev/null ||
        stop "Node.js is missing. Install version 20.19 or newer, for example from https://nodejs.org"
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a * 100 + b < 2019 ? 1 : 0)' ||
        stop "Node.js $(node --version) is too old. Install version 20.19 or newer from https://nodejs.org"
    command -v npm >/dev/null || stop "npm is missing. It comes with Node.js from https://nodejs.org"
    cargo fetch --locked --quiet --target "$(rustc -vV | sed -n 's/^host: //p')"
}

# The packages of the page, once for each state of the lock file.
page_packages() {
    local installed=ui/node_modules/.installed-lock.json
    cmp -s ui/package-lock.json "$installed" && return 0
    say "installing the page's packages"
    npm --prefix ui ci --loglevel error
    cp ui/package-lock.json "$installed"
}

# The page itself, when one of its sources is newer than the last build. The embedded placeholder
# that src-tauri/build.rs may have written has no assets folder, so it does not pass for a page.
build_page() {
    local built=ui/node_modules/.page-built
    local sources=(ui/src ui/index.html ui/package-lock.json ui/*.config.*)
    if [[ -f $built && -d ui/dist/assets && -z $(find "${sources[@]}" -newer "$built" -print -quit) ]]; then
        return 0
    fi
    say "building the page"
    touch "$built.started"
    npm --prefix ui run --silent build -- --logLevel warn
    mv "$built.started" "$built"
}

system_packages "$@"
tool_chains
if [[ " $* " == *" ui "* ]]; then
    page_packages
    build_page
fi
