// The unmodified Terraform or OpenTofu command line: found, started in surroundings of its own, and
// what a run of it said and did, as types.
//
//   Command (command.h) ──start──► RunningCli ──poll/wait──► CliRun: end, events, diagnostics
//
// Surroundings: nothing of the user's configuration, no network but what the caller names, nobody
// is asked, nothing is reported to anybody. `init` finds providers in one empty directory only, so
// it cannot reach for a registry.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engines/processes/process.h"
#include "engines/terraform/command.h"
#include "engines/terraform/diagnostics.h"
#include "engines/terraform/events.h"

namespace squall::terraform {

enum class Flavour : uint8_t { kTerraform, kOpenTofu };
std::string_view text_of(Flavour flavour);  // "Terraform", "OpenTofu"

struct Binary {
  std::string path{};  // absolute
  Flavour flavour = Flavour::kTerraform;
  std::string version{};  // "1.11.4"
};

// `asked`: a path, or a name to look for in `search_path` (as in $PATH); empty: tofu or terraform,
// whichever comes first in that order. The error says what was looked for and what to do.
Result<Binary> find_binary(const processes::Guardian& guardian, const std::string& asked,
                           const std::string& search_path);

struct RunOptions {
  std::string directory{};  // the configuration's
  Duration deadline = std::chrono::minutes(5);
  // On top of the surroundings, or instead of parts of them: TF_WORKSPACE, TF_HTTP_ADDRESS, …
  std::map<std::string, std::string> environment{};
  // TF_REATTACH_PROVIDERS; empty: none.
  std::string reattach{};
};

// What one run said and did. Nothing in it is believed: it is what the engine claims.
struct CliRun {
  Command command{};
  processes::ProcessEnd end{};
  std::vector<Event> events{};            // of -json, in order
  std::vector<Diagnostic> diagnostics{};  // of -json, then those in text for people
  std::vector<std::string> unparsable{};  // lines of -json that are not what the format says
  // A last line that was not finished because the run was killed in it; empty: none.
  std::string cut_line{};
  processes::Captured out{};
  processes::Captured err{};
  bool panicked = false;  // a crash of the program itself, by what it printed

  bool succeeded() const;  // ended with 0, or a plan with 2
  // The errors, classified, in order; each kind of rejection may come several times.
  std::vector<Classified> rejections() const;
  bool rejected_as(Rejection rejection) const;
  // The last summary: of a plan ("plan"), of what was done ("apply", also by -destroy); nullptr: it
  // never came.
  const event::Summary* summary(std::string_view operation) const;
  // What is planned (or has drifted), in order.
  std::vector<event::Change> changes(bool drift = false) const;
  // What the run says it did, in order.
  std::vector<event::Apply> applied(Phase phase) const;
  // Command, end, diagnostics and the last output, for a person.
  std::string describe() const;
};

// A run on its way. Driven by one thread, like the Process in it; interrupt() and kill() may be
// called from any thread.
class RunningCli {
 public:
  using EventHandler = std::function<void(const Event&)>;

  ~RunningCli();
  // Reads and parses what there is; never blocks. true: it has ended, take() is there.
  bool poll();
  CliRun wait();
  // REQUIRES: poll() was true; once.
  CliRun take();

  // What Ctrl-C does. Once: no new work, what runs is waited for, the state is saved. Twice: at
  // once.
  void interrupt();
  // Returns once both are sent: two signals at once would be one.
  void interrupt_twice();
  // SIGKILL to the program and all it started.
  void kill();
  processes::Process& process();

 private:
  friend class Cli;
  struct Impl;
  explicit RunningCli(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Waits until one of the runs has something to tell; then polls all. true: at least one has ended.
bool wait_any(std::span<RunningCli* const> runs, Duration at_most);

class Cli {
 public:
  // `home`: an existing directory, for HOME, temporary files and the CLI's own configuration.
  // `guardian` must outlive the Cli and its runs, and stay where it is.
  static Result<Cli> open(const processes::Guardian& guardian, Binary binary,
                          const std::string& home);

  const Binary& binary() const { return binary_; }

  // `on_event` is called in poll() for each event as it comes.
  Result<std::unique_ptr<RunningCli>> start(const Command& command, const RunOptions& options,
                                            RunningCli::EventHandler on_event = nullptr) const;
  Result<CliRun> run(const Command& command, const RunOptions& options) const;

  // All of the environment a run gets, sorted.
  std::vector<std::string> environment(const RunOptions& options) const;

 private:
  Cli(const processes::Guardian& guardian, Binary binary, std::string home);

  const processes::Guardian* guardian_;
  Binary binary_;
  std::string home_;
};

}  // namespace squall::terraform
