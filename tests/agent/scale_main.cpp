// build/agent_scale: one apply of very many resources, from the POST to the end of its command,
// while somebody else asks the agent how it is. docs/measurements.md has its figures.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "agent/client/http_client.h"
#include "documents/command_json.h"
#include "documents/generic_types.h"
#include "documents/reader.h"
#include "tests/agent/rig.h"

namespace squall::measure {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kProbeInterval = std::chrono::milliseconds(50);
constexpr auto kLook = std::chrono::milliseconds(20);
constexpr size_t kStacks = 10;
constexpr size_t kFamily = 5;  // a parent and its children
constexpr const char* kTarget = "target-0";

struct Options {
  std::vector<size_t> resources = {1000, 5000, 10000, 25000, 50000};
  std::string store = "sqlite";
};

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

// ---- the forma

DeclaredResource resource_at(size_t number) {
  const size_t parent = number - number % kFamily;
  const std::string stack = fmt::format("stack-{}", parent / kFamily % kStacks);
  const ResourceIdentity parents{stack, fmt::format("parent-{}", parent), kGenericResource};
  DeclaredResource out;
  out.target = kTarget;
  JsonObject properties;
  if (number == parent) {
    out.identity = parents;
    properties["SetTags"] = JsonArray{"one", "two", "three"};
  } else {
    out.identity = {stack, fmt::format("child-{}", number), kGenericChild};
    properties["ParentId"] = to_json(Reference{parents, "Name"});
  }
  properties["Name"] = fmt::format("name-{}", number);
  properties["Value"] = fmt::format("a value of some length for number {}", number);
  out.properties = std::move(properties);
  return out;
}

Forma forma_of(size_t resources) {
  Forma forma;
  for (size_t i = 0; i < kStacks; ++i) forma.stacks.push_back({fmt::format("stack-{}", i), ""});
  Target target;
  target.label = kTarget;
  target.name_space = "Test";
  forma.targets.push_back(std::move(target));
  for (size_t i = 0; i < resources; ++i) forma.resources.push_back(resource_at(i));
  return forma;
}

// ---- what the system says of a process

double cpu_seconds(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;  // of the third to the thirteenth
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double peak_megabytes(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  for (std::string word; file >> word;) {
    double kilobytes = 0;
    if (word == "VmHWM:" && file >> kilobytes) return kilobytes / 1024;
  }
  return 0;
}

// ---- asking meanwhile

// A client that asks for one thing again and again, and how long the answers took.
class Prober {
 public:
  Prober(std::unique_ptr<agent::ApiClient> client, std::function<std::string()> path)
      : client_(std::move(client)),
        path_(std::move(path)),
        thread_([this](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            ask();
            std::this_thread::sleep_for(kProbeInterval);
          }
        }) {}

  // The slowest answer since the last time, and a high quantile.
  struct Times {
    double slowest_ms = 0;
    double p99_ms = 0;
    size_t asked = 0;
  };
  Times take() {
    const std::scoped_lock lock(mutex_);
    Times out;
    out.asked = times_ms_.size();
    if (times_ms_.empty()) return out;
    std::ranges::sort(times_ms_);
    out.slowest_ms = times_ms_.back();
    out.p99_ms = times_ms_[times_ms_.size() * 99 / 100];
    times_ms_.clear();
    return out;
  }
  uint64_t failures() const { return failures_; }

 private:
  void ask() {
    const std::string path = path_();
    const Clock::time_point begun = Clock::now();
    const Result<std::string> answer = client_->get(path);
    const double ms = seconds_since(begun) * 1000;
    if (!answer) ++failures_;
    const std::scoped_lock lock(mutex_);
    times_ms_.push_back(ms);
  }

  std::unique_ptr<agent::ApiClient> client_;
  const std::function<std::string()> path_;
  std::mutex mutex_;
  std::vector<double> times_ms_;
  std::atomic<uint64_t> failures_ = 0;
  std::jthread thread_;  // the last member: it uses the others
};

// ---- one size

struct Figures {
  size_t resources = 0;
  double accepted_s = 0;  // from the POST to its 202
  double ended_s = 0;     // from the POST to the end of the command
  double again_s = 0;     // the same forma once more: nothing to do
  double cpu_s = 0;
  double peak_mb = 0;
  double store_mb = 0;
  Prober::Times health;
  Prober::Times status;
  Prober::Times again;  // both, meanwhile
};

class Measurement {
 public:
  explicit Measurement(const Options& options) : options_(options) {}
  Result<Figures> run(size_t resources);

 private:
  Result<CommandReply> apply(const Forma& forma);
  Result<CommandOutline> outline();
  Result<void> wait_for_end();
  std::string id() const {
    const std::scoped_lock lock(mutex_);
    return id_;
  }
  void set_id(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    id_ = id;
  }

  const Options& options_;
  std::unique_ptr<Rig> rig_;
  std::unique_ptr<agent::ApiClient> client_;
  mutable std::mutex mutex_;
  std::string id_;  // of the command whose status is asked for
};

std::string path_of(const std::string& id) {
  return fmt::format("/api/v1/commands/{}/status?updates=false", id);
}

Result<CommandReply> Measurement::apply(const Forma& forma) {
  CommandRequest request;
  request.mode = Mode::kReconcile;
  request.forma = forma;
  return client_->submit(request);
}

Result<CommandOutline> Measurement::outline() {
  TRY(std::optional<CommandOutline> out, client_->outline(id()));
  if (!out) return fail("the agent has forgotten the command");
  return *std::move(out);
}

Result<void> Measurement::wait_for_end() {
  for (;;) {
    TRY(const CommandOutline now, outline());
    if (now.command.state == CommandState::kSuccess) return {};
    if (is_terminal(now.command.state)) return fail("the command does not succeed");
    if (rig_->ended()) return rig_->end_life();
    std::this_thread::sleep_for(kLook);
  }
}

Result<Figures> Measurement::run(size_t resources) {
  Figures out;
  out.resources = resources;
  TRY(rig_, Rig::open({.store = options_.store}));
  TRY_VOID(rig_->begin_life());
  TRY_VOID(rig_->get_ready());
  client_ = rig_->connect();
  if (client_ == nullptr) return fail("the agent does not answer");

  // A small command before, so that there is one to ask for from the beginning.
  Forma small;
  small.stacks.push_back({"small", ""});
  Forma forma = forma_of(resources);
  small.targets = forma.targets;
  small.resources.push_back(forma.resources.front());
  small.resources.front().identity.stack = "small";
  TRY(const CommandReply first, apply(small));
  if (!std::holds_alternative<Accepted>(first)) return fail("the small apply is not accepted");
  set_id(std::get<Accepted>(first).command_id);
  TRY_VOID(wait_for_end());

  Prober health(rig_->connect(), [] { return std::string("/api/v1/health"); });
  Prober status(rig_->connect(), [this] { return path_of(id()); });
  const double cpu_before = cpu_seconds(rig_->agent_pid());
  const Clock::time_point begun = Clock::now();
  TRY(const CommandReply reply, apply(forma));
  out.accepted_s = seconds_since(begun);
  if (!std::holds_alternative<Accepted>(reply)) return fail("the apply is not accepted");
  set_id(std::get<Accepted>(reply).command_id);
  TRY_VOID(wait_for_end());
  out.ended_s = seconds_since(begun);
  out.cpu_s = cpu_seconds(rig_->agent_pid()) - cpu_before;
  out.health = health.take();
  out.status = status.take();

  const Clock::time_point again = Clock::now();
  TRY(const CommandReply nothing, apply(forma));
  out.again_s = seconds_since(again);
  if (!std::holds_alternative<NothingToDo>(nothing)) return fail("there is something to do again");
  out.again = status.take();
  out.again.slowest_ms = std::max(out.again.slowest_ms, health.take().slowest_ms);
  if (health.failures() + status.failures() > 0) return fail("a question was not answered");

  out.peak_mb = peak_megabytes(rig_->agent_pid());
  TRY(const uint64_t bytes, rig_->store_bytes());
  out.store_mb = static_cast<double>(bytes) / 1e6;
  size_t live = 0;
  rig_->cloud().locked([&](cloud::Cloud& cloud) { live = cloud.state().live_count(); });
  if (live != resources + 1) return fail(fmt::format("the cloud has {} objects", live));
  return out;
}

// ---- all of them

// The slope of log(y) over log(n) by least squares: the k of n^k.
double exponent(const std::vector<Figures>& all, double Figures::* what) {
  double mean_x = 0;
  double mean_y = 0;
  for (const Figures& one : all) {
    mean_x += std::log(static_cast<double>(one.resources)) / static_cast<double>(all.size());
    mean_y += std::log(one.*what) / static_cast<double>(all.size());
  }
  double above = 0;
  double below = 0;
  for (const Figures& one : all) {
    const double x = std::log(static_cast<double>(one.resources)) - mean_x;
    above += x * (std::log(one.*what) - mean_y);
    below += x * x;
  }
  return above / below;
}

void print_line(const Figures& one) {
  fmt::print(
      "| {} | {:.2f} s | {:.2f} s | {:.2f} s | {:.0f} MB | {:.1f} MB | {:.0f}, {:.0f} ms | "
      "{:.0f}, {:.0f} ms | {:.2f} s, {:.0f} ms |\n",
      one.resources, one.accepted_s, one.ended_s, one.cpu_s, one.peak_mb, one.store_mb,
      one.health.p99_ms, one.health.slowest_ms, one.status.p99_ms, one.status.slowest_ms,
      one.again_s, one.again.slowest_ms);
  std::fflush(stdout);
}

Result<void> run(const Options& options) {
  fmt::print(
      "store {}\n"
      "| resources | accepted after | ended after | agent's processor time | its peak memory "
      "| store | /health: p99, slowest | status: p99, slowest | the same again, slowest "
      "answer meanwhile |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
      options.store);
  std::vector<Figures> all;
  for (const size_t resources : options.resources) {
    TRY(const Figures figures, Measurement(options).run(resources));
    print_line(figures);
    all.push_back(figures);
  }
  if (all.size() < 2) return {};
  fmt::print("n^k: wall time k = {:.2f}, processor time k = {:.2f}, again k = {:.2f}\n",
             exponent(all, &Figures::ended_s), exponent(all, &Figures::cpu_s),
             exponent(all, &Figures::again_s));
  return {};
}

int main_of(int argc, char** argv) {
  CLI::App app("Applies very many resources at once through squall-agent, and measures it.");
  Options options;
  app.add_option("--resources", options.resources, "How many, one measurement each")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--store", options.store, "sqlite or postgresql")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const Result<void> measured = run(options);
  if (measured) return 0;
  fmt::print(stderr, "agent_scale: {}\n", measured.error().message);
  return 2;
}

}  // namespace
}  // namespace squall::measure

int main(int argc, char** argv) { return squall::measure::main_of(argc, argv); }
