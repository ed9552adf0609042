#include "engines/terraform/cli.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/lines.h"
#include "base/split_text.h"
#include "engines/processes/work_area.h"

namespace squall::terraform {
namespace {

namespace fs = std::filesystem;

constexpr auto kProbeDeadline = std::chrono::seconds(30);

bool is_program(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> find_on(const std::string& search_path, std::string_view name) {
  for (const std::string& directory : split_text(search_path, ":")) {
    if (directory.empty()) continue;
    const fs::path candidate = fs::path(directory) / name;
    std::error_code error;
    if (is_program(candidate)) return fs::absolute(candidate, error).string();
  }
  return std::nullopt;
}

Result<std::string> locate(const std::string& asked, const std::string& search_path) {
  if (asked.find('/') != std::string::npos) {
    std::error_code error;
    if (is_program(asked)) return fs::absolute(asked, error).string();
    return fail(fmt::format("use {}: there is no program of that name", asked));
  }
  std::vector<std::string> names{asked};
  if (asked.empty()) names = {"tofu", "terraform"};
  for (const std::string& name : names) {
    if (auto found = find_on(search_path, name)) return *found;
  }
  return fail(fmt::format(
      "find {} on PATH: there is none; install Terraform or OpenTofu, or name a binary (--binary)",
      fmt::join(names, " or ")));
}

// The first line of `version` ("OpenTofu v1.10.0"). Not of `version -json`: that names the version
// "terraform_version" in both, so it does not tell the two apart.
Result<Binary> read_version_line(const std::string& path, std::string_view printed) {
  const std::string_view line = printed.substr(0, printed.find('\n'));
  for (const Flavour flavour : {Flavour::kTerraform, Flavour::kOpenTofu}) {
    const std::string begins = fmt::format("{} v", text_of(flavour));
    if (line.starts_with(begins)) {
      return Binary{
          .path = path, .flavour = flavour, .version = std::string(line.substr(begins.size()))};
    }
  }
  return fail(fmt::format(
      "use {}: its `version` printed \"{}\", which is neither Terraform's nor OpenTofu's", path,
      line.substr(0, 200)));
}

std::map<std::string, std::string> surroundings(const std::string& home) {
  return {
      {"CHECKPOINT_DISABLE", "1"},
      // Most of a short run is the start of the program (docs/measurements.md), a quarter of that
      // its garbage collector. With these it does not begin before there is that much to collect.
      {"GOGC", "off"},
      {"GOMEMLIMIT", "256MiB"},
      {"HOME", home},
      {"LANG", "C.UTF-8"},
      {"PATH", "/usr/local/bin:/usr/bin:/bin"},  // for provisioners
      {"TF_CLI_CONFIG_FILE", home + "/cli.tfrc"},
      {"TF_DATA_DIR", ".terraform"},
      {"TF_INPUT", "0"},
      {"TF_IN_AUTOMATION", "1"},
      {"TMPDIR", home + "/tmp"},
  };
}

// A line of a Go program that crashed, or of the handler that Terraform and OpenTofu have for it.
bool looks_like_panic(std::string_view text) {
  return std::ranges::any_of(lines_of(text), [](std::string_view line) {
    return line.starts_with("panic: ") || line.starts_with("fatal error: ") ||
           line.find("CRASH !!!") != std::string_view::npos;
  });
}

template <class T>
const T* as(const Event& event) {
  return std::get_if<T>(&event);
}

}  // namespace

std::string_view text_of(Flavour flavour) {
  return flavour == Flavour::kTerraform ? "Terraform" : "OpenTofu";
}

Result<Binary> find_binary(const processes::Guardian& guardian, const std::string& asked,
                           const std::string& search_path) {
  TRY(const std::string path, locate(asked, search_path));
  // Without a file for it the CLI would look for the user's configuration, and complain.
  TRY(const auto process,
      processes::Process::spawn(
          guardian, {.program = path,
                     .arguments = {"version"},
                     .environment = {"CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE=/dev/null"},
                     .directory = "/",
                     .deadline = kProbeDeadline}));
  const processes::ProcessEnd& end = process->wait();
  if (end.exit_code != 0) {
    return fail(fmt::format("use {}: its `version` failed{}: {}", path,
                            end.deadline_struck ? " (it did not end)" : "", process->err().text));
  }
  return read_version_line(path, process->out().text);
}

// --- CliRun -------------------------------------------------------------------------------------

bool CliRun::succeeded() const {
  const bool is_plan = !command.arguments.empty() && command.arguments[0] == "plan";
  return end.exit_code == 0 || (is_plan && end.exit_code == 2);
}

std::vector<Classified> CliRun::rejections() const {
  std::vector<Classified> made;
  for (const Diagnostic& each : diagnostics) {
    if (each.severity == Severity::kError) made.push_back(classify(each));
  }
  return made;
}

bool CliRun::rejected_as(Rejection rejection) const {
  return std::ranges::any_of(rejections(),
                             [&](const Classified& each) { return each.rejection == rejection; });
}

const event::Summary* CliRun::summary(std::string_view operation) const {
  const event::Summary* found = nullptr;
  for (const Event& each : events) {
    const auto* summary = as<event::Summary>(each);
    if (summary != nullptr && summary->operation == operation) found = summary;
  }
  return found;
}

std::vector<event::Change> CliRun::changes(bool drift) const {
  std::vector<event::Change> found;
  for (const Event& each : events) {
    const auto* change = as<event::Change>(each);
    if (change != nullptr && change->is_drift == drift) found.push_back(*change);
  }
  return found;
}

std::vector<event::Apply> CliRun::applied(Phase phase) const {
  std::vector<event::Apply> found;
  for (const Event& each : events) {
    const auto* apply = as<event::Apply>(each);
    if (apply != nullptr && apply->phase == phase) found.push_back(*apply);
  }
  return found;
}

std::string CliRun::describe() const {
  std::string made = fmt::format("{}\n  ", text_of(command));
  if (end.deadline_struck) made += "killed at its deadline, ";
  if (end.exit_code) made += fmt::format("exit code {}", *end.exit_code);
  if (end.signal) made += fmt::format("signal {}", *end.signal);
  made += fmt::format(" after {} ms\n",
                      std::chrono::duration_cast<std::chrono::milliseconds>(end.wall).count());
  for (const Diagnostic& each : diagnostics) {
    made += fmt::format("  {}: {} {}\n    {}\n", text_of(classify(each).rejection), each.summary,
                        each.address, each.detail);
  }
  for (const std::string& line : unparsable) made += fmt::format("  not understood: {}\n", line);
  if (!succeeded()) made += err.said();
  return made;
}

// --- RunningCli ----------------------------------------------------------------------------------

struct RunningCli::Impl {
  CliRun made;
  EventHandler on_event;
  std::unique_ptr<processes::Process> process;

  void take_line(std::string_view line) {
    auto event = parse_event(line);
    if (!event) {
      made.unparsable.emplace_back(line);
      return;
    }
    if (const auto* complaint = as<event::Complaint>(*event)) {
      made.diagnostics.push_back(complaint->diagnostic);
    }
    made.events.push_back(std::move(*event));
    if (on_event) on_event(made.events.back());
  }
  void finish();
};

void RunningCli::Impl::finish() {
  made.end = *process->end();
  made.out = process->out();
  made.err = process->err();
  const bool cut = !made.out.text.empty() && !made.out.text.ends_with('\n');
  if (cut && !made.unparsable.empty() && made.out.text.ends_with(made.unparsable.back())) {
    made.cut_line = std::move(made.unparsable.back());
    made.unparsable.pop_back();
  }
  // -json lines may quote a panic of a provider; what is not such a line is the program's own.
  made.panicked = looks_like_panic(made.err.text);
  for (const std::string& line : made.unparsable) {
    made.panicked = made.panicked || looks_like_panic(line);
  }
  if (made.panicked) return;
  std::string_view text = made.err.text;
  const bool failed = made.end.exit_code && !made.succeeded();
  if (text.empty() && failed && !made.command.json) text = made.out.text;
  for (Diagnostic& each : diagnostics_in_text(text)) {
    // What a successful run prints in plain words is no complaint.
    if (failed || !each.is_plain_text) made.diagnostics.push_back(std::move(each));
  }
}

RunningCli::RunningCli(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RunningCli::~RunningCli() = default;

bool RunningCli::poll() { return impl_->process->poll(); }

CliRun RunningCli::wait() {
  impl_->process->wait();
  return take();
}

CliRun RunningCli::take() {
  SQUALL_CHECK(impl_->process->end().has_value());
  impl_->finish();
  return std::move(impl_->made);
}

void RunningCli::interrupt() { impl_->process->signal(SIGINT); }

void RunningCli::interrupt_twice() {
  interrupt();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  interrupt();
}

void RunningCli::kill() { impl_->process->kill(); }

processes::Process& RunningCli::process() { return *impl_->process; }

bool wait_any(std::span<RunningCli* const> runs, Duration at_most) {
  std::vector<processes::Process*> all;
  all.reserve(runs.size());
  for (RunningCli* run : runs) all.push_back(&run->process());
  return processes::wait_any(all, at_most);
}

// --- Cli ----------------------------------------------------------------------------------------

Cli::Cli(const processes::Guardian& guardian, Binary binary, std::string home)
    : guardian_(&guardian), binary_(std::move(binary)), home_(std::move(home)) {}

Result<Cli> Cli::open(const processes::Guardian& guardian, Binary binary, const std::string& home) {
  for (const char* name : {"/tmp", "/mirror"}) {
    std::error_code error;
    fs::create_directories(home + name, error);
    if (error) {
      return fail(fmt::format("make the directory {}{}: {}", home, name, error.message()));
    }
  }
  TRY_VOID(processes::write_text(home + "/cli.tfrc", fmt::format("disable_checkpoint = true\n"
                                                                 "provider_installation {{\n"
                                                                 "  filesystem_mirror {{\n"
                                                                 "    path = \"{}/mirror\"\n"
                                                                 "  }}\n"
                                                                 "}}\n",
                                                                 home)));
  return Cli(guardian, std::move(binary), home);
}

std::vector<std::string> Cli::environment(const RunOptions& options) const {
  std::map<std::string, std::string> all = surroundings(home_);
  if (!options.reattach.empty()) all["TF_REATTACH_PROVIDERS"] = options.reattach;
  for (const auto& [name, value] : options.environment) all[name] = value;
  std::vector<std::string> made;
  made.reserve(all.size());
  for (const auto& [name, value] : all) made.push_back(fmt::format("{}={}", name, value));
  return made;
}

Result<std::unique_ptr<RunningCli>> Cli::start(const Command& command, const RunOptions& options,
                                               RunningCli::EventHandler on_event) const {
  auto impl = std::make_unique<RunningCli::Impl>();
  impl->made.command = command;
  impl->on_event = std::move(on_event);
  processes::Process::LineHandler on_line;
  if (command.json) {
    on_line = [to = impl.get()](std::string_view line) { to->take_line(line); };
  }
  TRY(impl->process, processes::Process::spawn(*guardian_,
                                               {.program = binary_.path,
                                                .arguments = command.arguments,
                                                .environment = environment(options),
                                                .directory = options.directory,
                                                .deadline = options.deadline,
                                                .keep_bytes = command.keep_bytes},
                                               std::move(on_line)));
  return std::unique_ptr<RunningCli>(new RunningCli(std::move(impl)));
}

Result<CliRun> Cli::run(const Command& command, const RunOptions& options) const {
  TRY(const auto started, start(command, options));
  return started->wait();
}

}  // namespace squall::terraform
