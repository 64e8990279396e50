# For the commands in bin/: goes to the top folder, and ends with a sentence when Node.js is missing or too old.
cd "$(dirname "$0")/.." || exit 1
if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
  version=$(node --version 2>/dev/null) || version="none"
  echo "Tapedeck needs Node.js 20.19 or newer (24 is recommended); on the PATH is: $version." >&2
  exit 1
fi
