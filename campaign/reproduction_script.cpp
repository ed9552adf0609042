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

constexpr std::string_view kKill = R"sh(
# The same, killed as it reports the change of that number ($1).
run_killed_at() {
  number=$1
  shift
  rm -f "$work/events"
  mkfifo "$work/events"
  "$TF" "$@" -json >"$work/events" 2>&1 &
  engine=$!
  exec 3<"$work/events"
  grep -m "$number" '"type":"apply_complete"' <&3 >"$said"
  kill -KILL "$engine" 2>/dev/null
  wait "$engine" 2>/dev/null
  exec 3<&-
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

# Somebody else, with a state of their own, takes the object at an address ($2) for theirs ($3), and
# makes it what a configuration ($1) says. The rest is the command.
elsewhere() {
  folder=$1 address=$2 theirs=$3
  shift 3
  id=$("$TF" state show -no-color "$address" 2>"$said" | sed -n 's/^ *id *= "\(.*\)"$/\1/p')
  [ -n "$id" ] || give_up "there is no $address to change"
  cp -R "$here/$folder" "$work/$folder"
  (cd "$work/$folder" && "$TF" init && "$TF" import "$theirs" "$id" && "$TF" "$@") \
    >"$said" 2>&1 || give_up "$folder failed"
}
)sh";

std::string shows_function(const FailureCheck& check) {
  std::string conditions;
  for (const std::string& each : check.conditions) {
    if (!conditions.empty()) conditions += " ||\n    ";
    conditions += each;
  }
  const std::string gap = check.functions.empty() ? "" : "\n";
  return "\n" + check.functions + gap + comment("It shows if " + check.comment + ".") +
         "shows() {\n  " + conditions + "\n}\n";
}

std::string kill_function(const FailureCheck& check) {
  std::string out(kKill);
  if (check.after_each_kill)
    out += R"(  if shows; then
    echo "it shows: killed at change $number"
    exit 0
  fi
)";
  return out + "}\n";
}

std::string step_of(const ScriptStep& step, bool is_last) {
  const bool is_long = step.words.size() > kLongestWords;
  std::string out =
      "\n" + comment(is_long ? step.words.substr(0, kLongestWords) + " …" : step.words);
  if (!step.drifting.empty())
    return out + fmt::format("elsewhere {} '{}' '{}' {}\n", step.folder, step.drifting,
                             step.drifting_elsewhere, step.command);
  out += "configure " + step.folder + "\n";
  for (const uint32_t number : step.kills)
    out += fmt::format("run_killed_at {} {}\n", number, step.command);
  out += "run " + step.command;
  if (!is_last && !step.may_fail) out += fmt::format(" || give_up \"{} failed\"", step.folder);
  return out + "\n";
}

}  // namespace

std::string script_of(const suite::Scenario& scenario, const std::vector<ScriptStep>& steps,
                      const FailureCheck& check, bool has_cloud) {
  std::string out = "#!/bin/sh\n" + comment(scenario.expected);
  if (!scenario.description.empty()) out += "#\n" + comment(scenario.description);
  out += kUsage;
  if (has_cloud) out += kCloud;
  out += shows_function(check);
  const bool kills =
      std::ranges::any_of(steps, [](const auto& step) { return !step.kills.empty(); });
  if (kills) out += kill_function(check);
  for (const ScriptStep& step : steps) out += step_of(step, &step == &steps.back());
  if (!check.after_each_kill) out += "\nif shows; then\n  echo \"it shows\"\n  exit 0\nfi\n";
  if (check.after_each_kill) out += "\n";
  return out + "echo \"it does not show\"\nexit 1\n";
}

}  // namespace squall::campaign
