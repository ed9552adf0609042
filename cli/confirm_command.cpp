// squall confirm: shows a failure of Terraform or OpenTofu without Squall.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "campaign/files.h"
#include "campaign/reproduction.h"
#include "cli/console.h"
#include "cli/scenario_file.h"
#include "cli/signals.h"
#include "cli/subcommands.h"
#include "engines/processes/process.h"
#include "engines/processes/work_area.h"
#include "engines/terraform/cli.h"

namespace squall::cli {
namespace confirm_command {
namespace {

namespace fs = std::filesystem;

constexpr Duration kLongestRun = std::chrono::minutes(10);

struct Options {
  std::string file;
  uint64_t runs = 10;
  std::optional<std::string> dir;
  std::string binary;
  std::vector<std::string> types;
};

// Where it is told apart from others by what it shows.
fs::path folder_of(const Options& options, const suite::Scenario& scenario) {
  if (options.dir) return *options.dir;
  return fs::path(".squall") / "confirm" / campaign::folder_name(scenario.expected);
}

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// For the provider that the script may need.
std::string own_path() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).string();
}

// Runs the script as anybody would, but for where its temporary files go.
class Runner {
 public:
  static Result<Runner> open(const Options& options, const fs::path& folder) {
    TRY(processes::WorkArea area, processes::WorkArea::create());
    TRY(processes::Guardian guardian, processes::Guardian::start(area.root()));
    TRY(terraform::Binary binary,
        terraform::find_binary(guardian, options.binary, variable("PATH")));
    return Runner(std::move(area), std::move(guardian), std::move(binary), folder);
  }

  const terraform::Binary& binary() const { return binary_; }

  // 0: it shows; 1: it does not; nullopt: it was told to stop.
  Result<std::optional<int>> run(const std::atomic<bool>& stop) const {
    TRY(const std::string temporary, area_.make_directory("run"));
    TRY(const auto process,
        processes::Process::spawn(
            guardian_,
            {.program = "/bin/sh",
             .arguments = {folder_ / campaign::kScript},
             .environment = {"PATH=" + std::string(variable("PATH")), "HOME=" + temporary,
                             "TMPDIR=" + temporary, "TF=" + binary_.path, "SQUALL=" + own_path()},
             .directory = folder_,
             .deadline = kLongestRun}));
    processes::Process* const all[] = {process.get()};
    while (!process->poll() && !stop) wait_any(all, std::chrono::milliseconds(100));
    const bool is_stopped = !process->end().has_value();
    if (is_stopped) {
      process->kill();
      process->wait();
    }
    TRY_VOID(area_.remove_directory(temporary));
    if (is_stopped) return std::nullopt;
    const processes::ProcessEnd& end = *process->end();
    if (end.exit_code == 0 || end.exit_code == 1) return end.exit_code;
    return fail(fmt::format("{}: {}\n{}{}", (folder_ / campaign::kScript).string(),
                            end.deadline_struck ? "it did not end" : "it could not be tried",
                            process->out().text, process->err().text));
  }

 private:
  Runner(processes::WorkArea area, processes::Guardian guardian, terraform::Binary binary,
         const fs::path& folder)
      : area_(std::move(area)),
        guardian_(std::move(guardian)),
        binary_(std::move(binary)),
        folder_(fs::absolute(folder)) {}

  // Declared first, goes last.
  processes::WorkArea area_;
  processes::Guardian guardian_;
  terraform::Binary binary_;
  fs::path folder_;
};

Result<int> run(const Options& options) {
  TRY(const suite::Scenario scenario, load_scenario(options.file));
  TRY(const campaign::SharedCatalogue catalogue, campaign::load_catalogue(options.types));
  const Result<campaign::Reproduction> reproduction =
      campaign::reproduction_of(scenario, catalogue);
  if (!reproduction)
    return fail(fmt::format("{} cannot be confirmed without Squall: {}", options.file,
                            reproduction.error().message));
  const fs::path folder = folder_of(options, scenario);
  TRY_VOID(campaign::write_reproduction(*reproduction, folder));
  print(fmt::format("written to {}\n", (folder / campaign::kScript).string()));
  TRY(const Runner runner, Runner::open(options, folder));
  const std::atomic<bool>& stop = stop_on_signals();
  uint64_t shown = 0;
  for (uint64_t i = 1; i <= options.runs; ++i) {
    TRY(const std::optional<int> code, runner.run(stop));
    if (!code) return fail(fmt::format("interrupted in run {} of {}", i, options.runs));
    shown += *code == 0 ? 1 : 0;
    print_error(fmt::format("run {} of {}: {}\n", i, options.runs,
                            *code == 0 ? "it shows" : "it does not show"));
  }
  print(fmt::format("{}: {} of {} without Squall, {} {}\n", scenario.expected, shown, options.runs,
                    terraform::text_of(runner.binary().flavour), runner.binary().version));
  return shown > 0 ? 0 : 1;
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.positional("FILE", options->file, "a scenario file of the engine terraform");
  arguments.number("--runs", options->runs, {.minimum = 1, .maximum = 10'000},
                   "how often to try; 10 by default");
  arguments.path("--dir", options->dir,
                 "where repro.sh and the configurations go; .squall/confirm/… by default");
  arguments.path("--binary", options->binary,
                 "the command line to try it with; tofu or terraform on PATH by default");
  arguments.paths("--types", options->types, kTypesHelp);
  arguments.footer(
      "Exit codes: 0 it shows without Squall, at least once; 1 it never does; 2 bad input, it\n"
      "cannot be shown without Squall, or could not be tried.");
  return [options] {
    const Result<int> code = run(*options);
    return code ? *code : complain(code.error().message);
  };
}

}  // namespace
}  // namespace confirm_command

const Subcommand kConfirm = {
    .name = "confirm",
    .summary = "show a failure of Terraform or OpenTofu without Squall: write repro.sh and run it",
    .declare = confirm_command::declare,
};

}  // namespace squall::cli
