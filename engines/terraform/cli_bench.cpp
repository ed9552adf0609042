// CLI runs per second, and where the time of one goes: the bare spawn of a process, the start of
// the CLI, a plan and an apply that find nothing to do. Arguments: runs in flight, GOMAXPROCS (0:
// unset).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

#include "engines/processes/work_area.h"
#include "engines/terraform/cli.h"
#include "engines/terraform/configuration.h"

namespace squall::terraform {
namespace {

constexpr int kResources = 5;

Configuration small() {
  Configuration made;
  for (int i = 0; i < kResources; ++i) {
    made.root.resources.push_back(
        {.type = "terraform_data", .name = "a" + std::to_string(i), .arguments = {{"input", i}}});
  }
  return made;
}

// A harness with one directory per run in flight, each applied once.
class Bench {
 public:
  static Result<std::unique_ptr<Bench>> make(int64_t in_flight, int64_t processors, bool collects) {
    TRY(processes::WorkArea area, processes::WorkArea::create());
    TRY(processes::Guardian guardian, processes::Guardian::start(area.root()));
    std::unique_ptr<Bench> bench(new Bench(std::move(area), std::move(guardian)));
    const char* path = std::getenv("PATH");
    TRY(Binary binary, find_binary(bench->guardian_, "", path == nullptr ? "" : path));
    TRY(const std::string home, bench->area_.make_directory("home"));
    TRY(Cli cli, Cli::open(bench->guardian_, std::move(binary), home));
    bench->cli_.emplace(std::move(cli));
    for (int64_t i = 0; i < in_flight; ++i) {
      RunOptions options;
      TRY(options.directory, bench->area_.make_directory("case-" + std::to_string(i)));
      if (processors > 0) options.environment["GOMAXPROCS"] = std::to_string(processors);
      if (collects) options.environment.insert({{"GOGC", "100"}, {"GOMEMLIMIT", "off"}});
      TRY_VOID(write_configuration(small(), options.directory));
      TRY_VOID(bench->cli_->run(command::apply(), options));
      bench->cases_.push_back(std::move(options));
    }
    return bench;
  }

  // One run in every directory, at once. The cpu time is the CLI's.
  Duration run(const Command& command) {
    std::vector<std::unique_ptr<RunningCli>> running;
    Duration cpu{};
    for (const RunOptions& options : cases_) running.push_back(*cli_->start(command, options));
    for (const auto& each : running) cpu += each->wait().end.cpu;
    return cpu;
  }
  const processes::Guardian& guardian() const { return guardian_; }

 private:
  Bench(processes::WorkArea area, processes::Guardian guardian)
      : area_(std::move(area)), guardian_(std::move(guardian)) {}
  processes::WorkArea area_;
  processes::Guardian guardian_;
  std::optional<Cli> cli_;
  std::vector<RunOptions> cases_;
};

void measure(benchmark::State& state, const Command& command) {
  const auto bench = Bench::make(state.range(0), state.range(1), state.range(2) == 1);
  if (!bench) {
    state.SkipWithError(bench.error().message.c_str());
    return;
  }
  Duration cpu{};
  for (auto iteration : state) cpu += (*bench)->run(command);
  const auto runs = static_cast<double>(state.iterations() * state.range(0));
  state.counters["runs/s"] = benchmark::Counter(runs, benchmark::Counter::kIsRate);
  state.counters["cli_cpu_ms/run"] = static_cast<double>(cpu.count()) / 1000 / runs;
}

void version(benchmark::State& state) { measure(state, {.arguments = {"version"}}); }
void state_list(benchmark::State& state) { measure(state, command::state_list()); }
void plan_of_nothing(benchmark::State& state) { measure(state, command::plan("")); }
void apply_of_nothing(benchmark::State& state) { measure(state, command::apply()); }

void arguments(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"runs", "procs", "gc"});
  for (const int in_flight : {1, 2, 4}) benchmark->Args({in_flight, 0, 0});
  benchmark->Args({2, 1, 0});
  benchmark->Args({2, 0, 1});
  benchmark->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(2);
}

BENCHMARK(version)->Apply(arguments);
BENCHMARK(state_list)->Apply(arguments);
BENCHMARK(plan_of_nothing)->Apply(arguments);
BENCHMARK(apply_of_nothing)->Apply(arguments);

// What the harness itself costs: a child that does nothing.
void spawn_of_nothing(benchmark::State& state) {
  const auto guardian = processes::Guardian::start();
  const processes::ProcessSpec spec{
      .program = "/bin/true", .arguments = {}, .environment = {}, .directory = "/"};
  for (auto iteration : state) (*processes::Process::spawn(*guardian, spec))->wait();
}
BENCHMARK(spawn_of_nothing)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace squall::terraform
