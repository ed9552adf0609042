#include "campaign/reproduction_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace squall::campaign {

namespace {

constexpr size_t kCommentColumns = 98;
constexpr size_t kLongestWords = 250;  // of a step; its configuration says all

// As comment lines, broken at spaces.
std::string comment(std::string_view text) {
  std::string out;
  std::string line = "#";
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (line.size() + 1 + word.size() > kCommentColumns) {
      out += line + "\n";
      line = "#";
    }
    if (!word.empty()) line += " " + std::string(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + "\n";
}

constexpr std::string_view kUsage = R"sh(#
# usage: [TF=tofu] ./repro.sh     exit code 0: it shows; 1: it does not; 2: it could not be tried

set -u
TF=${TF:-terraform}
command -v "$TF" >/dev/null || { echo "there is no $TF: name one in TF" >&2; exit 2; }
TF=$(command -v "$TF")
case $TF in /*) ;; */*) TF=$PWD/$TF ;; esac
here=$(cd "$(dirname "$0")" && pwd)

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
mkdir "$work/stack" && cd "$work/stack" || exit 2
said=$work/said
unset TF_CLI_ARGS TF_CLI_ARGS_apply TF_DATA_DIR TF_WORKSPACE
export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1

give_up() {
  echo "$1; it said:" >&2
  tail -n 5 "$said" >&2
  exit 2
}

# Puts the configuration of a step in the place of the last one. The state stays.
configure() {
  rm -rf main.tf.json modules
  cp -R "$here/$1/." .
  "$TF" init -no-color >"$said" 2>&1 || give_up "init failed in $1"
}

run() {
  "$TF" "$@" -json >"$said" 2>&1
}
)sh";

constexpr std::string_view kStrike = R"sh(
# Its events come through a pipe, so that the moment can be told.
start() {
  rm -f "$work/events"
  mkfifo "$work/events"
  "$TF" "$@" -json >"$work/events" 2>&1 &
  engine=$!
  exec 3<"$work/events"
}
)sh";

constexpr std::string_view kKill = R"sh(
# The same, killed as it reports the change of that number ($1).
run_killed_at() {
  number=$1
  shift
  start "$@"
  grep -m "$number" '"type":"apply_complete"' <&3 >"$said"
  kill -KILL "$engine" 2>/dev/null
  wait "$engine" 2>/dev/null
  exec 3<&-
)sh";

// Two signals that come at once are one.
constexpr std::string_view kInterrupt = R"sh(
# The same, interrupted twice once it has begun a change.
run_interrupted_twice() {
  start "$@"
  grep -m 1 '"type":"apply_start"' <&3 >"$said"
  kill -INT "$engine" 2>/dev/null
  sleep 0.2 2>/dev/null || sleep 1
  kill -INT "$engine" 2>/dev/null
  cat <&3 >>"$said"
  wait "$engine" 2>/dev/null
  exec 3<&-
)sh";

// Where it takes no time to save, there is less to come upon (docs/findings/terraform.md #6).
constexpr std::string_view kServer = R"sh(
# The state lies in a server with a lock, which notes in $work/calls what it is asked.
command -v python3 >/dev/null || { echo "there is no python3, for the server" >&2; exit 2; }
cat >"$work/server.py" <<'END'
import http.server, os, sys, time

os.chdir(sys.argv[1])


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = holder = b""

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        remark, code, answer = "", 200, b""
        if self.command == "GET":
            code, answer = (200, Backend.state) if Backend.state else (404, b"")
        elif self.command == "LOCK" and Backend.holder:
            remark, code, answer = " in vain", 423, Backend.holder
        elif self.command == "LOCK":
            Backend.holder = body
        elif self.command == "UNLOCK" and os.path.exists("keep-lock"):
            os.remove("keep-lock")
            remark, code = " refused", 403
        elif self.command == "UNLOCK":
            remark, Backend.holder = "" if body else " without an id", b""
        elif self.command == "POST":
            remark, Backend.state = "" if Backend.holder else " without the lock", body
        with open("calls", "a") as calls:
            calls.write(self.command + remark + "\n")
        if self.command == "POST":
            time.sleep(0.1)  # it is far away
        self.send_response(code)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_LOCK = do_UNLOCK = do

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
with open("port.new", "w") as port:
    port.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
END
python3 "$work/server.py" "$work" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
until [ -e "$work/port" ]; do
  kill -0 "$server" 2>/dev/null || { echo "the server did not start" >&2; exit 2; }
  sleep 0.1 2>/dev/null || sleep 1
done
TF_HTTP_ADDRESS=http://127.0.0.1:$(cat "$work/port")/state
export TF_HTTP_ADDRESS TF_HTTP_LOCK_ADDRESS="$TF_HTTP_ADDRESS"
export TF_HTTP_UNLOCK_ADDRESS="$TF_HTTP_ADDRESS" TF_HTTP_RETRY_MAX=0
)sh";

// docs/terraform-mapping.md, "On its own: a provider binary".
constexpr std::string_view kCloud = R"sh(
# Squall's provider, as any other from a mirror; the cloud is a file that it keeps.
SQUALL=${SQUALL:-squall}
command -v "$SQUALL" >/dev/null || { echo "there is no $SQUALL: name it in SQUALL" >&2; exit 2; }
case $(uname -m) in aarch64 | arm64) machine=arm64 ;; *) machine=amd64 ;; esac
system=$(uname -s | tr '[:upper:]' '[:lower:]')
mirror=$work/mirror/squall.test/local/squall/1.0.0/${system}_$machine
mkdir -p "$mirror"
cat >"$mirror/terraform-provider-squall_v1.0.0" <<END
#!/bin/sh
exec "$SQUALL" provider --protocol tfplugin6
END
chmod +x "$mirror/terraform-provider-squall_v1.0.0"
cat >"$work/terraform.rc" <<END
provider_installation {
  filesystem_mirror {
    path = "$work/mirror"
  }
}
END
export TF_CLI_CONFIG_FILE="$work/terraform.rc" SQUALL_CLOUD_FILE="$work/cloud.json"

# The id of what the state has at an address ($1).
look_up() {
  id=$("$TF" state show -no-color "$1" 2>"$said" | sed -n 's/^ *id *= "\(.*\)"$/\1/p')
  [ -n "$id" ] || give_up "there is no $1"
}

# The id of what is at an address ($2) goes into a variable ($1), for when it is imported.
remember() {
  look_up "$2"
  export "TF_VAR_$1=$id"
}

# Somebody else, with a state of their own, takes the object at an address ($2) for theirs ($3), and
# makes it what a configuration ($1) says. The rest is the command.
elsewhere() {
  folder=$1 address=$2 theirs=$3
  shift 3
  look_up "$address"
  cp -R "$here/$folder" "$work/$folder"
  (cd "$work/$folder" && "$TF" init && "$TF" import "$theirs" "$id" && "$TF" "$@") \
    >"$said" 2>&1 || give_up "$folder failed"
}
)sh";

std::string conditions_of(const FailureCheck& check) {
  std::string out;
  for (const std::string& each : check.conditions) {
    if (!out.empty()) out += " ||\n    ";
    out += each;
  }
  return out;
}

std::string shows_function(const FailureCheck& check) {
  const std::string gap = check.functions.empty() ? "" : "\n";
  return "\n" + check.functions + gap + comment("It shows if " + check.comment + ".") +
         "shows() {\n  " + conditions_of(check) + "\n}\n";
}

// The function that cuts a run short, and what it does then.
std::string strike_function(std::string_view function, std::string_view moment,
                            const FailureCheck& check) {
  std::string out(function);
  if (check.after_each_strike)
    out += fmt::format(R"(  if shows; then
    echo "it shows: {}"
    exit 0
  fi
)",
                       moment);
  return out + "}\n";
}

std::string strike_functions(const std::vector<ScriptStep>& steps, const FailureCheck& check) {
  const auto any = [&](bool kills) {
    return std::ranges::any_of(steps, [&](const ScriptStep& step) {
      return std::ranges::find(step.strikes, kills, &ScriptStrike::kills) != step.strikes.end();
    });
  };
  std::string out(any(true) || any(false) ? kStrike : "");
  if (any(true)) out += strike_function(kKill, "killed at change $number", check);
  if (any(false)) out += strike_function(kInterrupt, "interrupted twice", check);
  return out;
}

std::string step_of(const ScriptStep& step, bool is_last) {
  const bool is_long = step.words.size() > kLongestWords;
  std::string out =
      "\n" + comment(is_long ? step.words.substr(0, kLongestWords) + " …" : step.words);
  if (!step.drifting.empty())
    return out + fmt::format("elsewhere {} '{}' '{}' {}\n", step.folder, step.drifting,
                             step.drifting_elsewhere, step.command);
  out += "configure " + step.folder + "\n";
  for (const RememberedId& each : step.remembered)
    out += fmt::format("remember {} '{}'\n", each.variable, each.address);
  for (const ScriptStrike& strike : step.strikes)
    out += strike.kills ? fmt::format("run_killed_at {} {}\n", strike.nth, step.command)
                        : fmt::format("run_interrupted_twice {}\n", step.command);
  if (step.keeps_lock) out += "touch \"$work/keep-lock\"\n";
  out += "run " + step.command;
  if (!is_last && !step.may_fail) out += fmt::format(" || give_up \"{} failed\"", step.folder);
  return out + "\n";
}

}  // namespace

std::string script_of(const suite::Scenario& scenario, const std::vector<ScriptStep>& steps,
                      const FailureCheck& check, const std::vector<FinalStep>& final_steps,
                      bool has_cloud) {
  std::string out = "#!/bin/sh\n" + comment(scenario.expected);
  if (!scenario.description.empty()) out += "#\n" + comment(scenario.description);
  out += kUsage;
  if (check.needs_server) out += kServer;
  if (has_cloud) out += kCloud;
  out += shows_function(check);
  out += strike_functions(steps, check);
  for (const ScriptStep& step : steps) out += step_of(step, &step == &steps.back());
  if (!check.after_each_strike) out += "\nif shows; then\n  echo \"it shows\"\n  exit 0\nfi\n";
  for (const auto& [step, own_check] : final_steps) {
    out += step_of(step, false);
    if (own_check.conditions.empty()) continue;
    out += "if " + conditions_of(own_check) +
           "; then\n  echo \"it shows, in the end\"\n  exit 0\nfi\n";
  }
  if (check.after_each_strike || !final_steps.empty()) out += "\n";
  return out + "echo \"it does not show\"\nexit 1\n";
}

}  // namespace squall::campaign
