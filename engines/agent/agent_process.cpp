#include "engines/agent/agent_process.h"

#include <fmt/format.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <span>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "documents/reader.h"

namespace squall::engines {
namespace {

constexpr std::string_view kListens = "squall-agent listens on http://";
constexpr Duration kLook = std::chrono::milliseconds(2);
constexpr size_t kTail_bytes = 1500;

using Clock = std::chrono::steady_clock;

struct Address {
  std::string host;
  uint16_t port = 0;
};

// "squall-agent listens on http://127.0.0.1:4711".
std::optional<Address> parse_listening(std::string_view line) {
  if (!line.starts_with(kListens)) return std::nullopt;
  line.remove_prefix(kListens.size());
  const size_t colon = line.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Address out{.host = std::string(line.substr(0, colon))};
  const std::string_view digits = line.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

}  // namespace

struct AgentProcess::Impl {
  Result<void> wait_until_listening(Clock::time_point deadline);
  Result<void> wait_until_ready(Clock::time_point deadline);
  std::optional<pid_t> find_provider();
  bool ended() { return process->poll(); }
  std::string tail() const;

  Options options;
  std::optional<Address> address;
  std::unique_ptr<processes::Process> process;
  std::unique_ptr<agent::ApiClient> api;
  std::atomic<bool> killed = false;
};

std::string AgentProcess::Impl::tail() const {
  const std::string& text = process->err().text;
  return text.size() <= kTail_bytes ? text : "…" + text.substr(text.size() - kTail_bytes);
}

Result<void> AgentProcess::Impl::wait_until_listening(Clock::time_point deadline) {
  std::array<processes::Process*, 1> one = {process.get()};
  while (!address && !ended()) {
    if (Clock::now() > deadline)
      return fail("start the agent: it does not listen in time; its log: " + tail());
    processes::wait_any(one, kLook);
  }
  return {};
}

Result<void> AgentProcess::Impl::wait_until_ready(Clock::time_point deadline) {
  std::array<processes::Process*, 1> one = {process.get()};
  Duration pause = std::chrono::microseconds(500);
  while (!ended()) {
    const Result<bool> ready = api->ready();
    if (ready && *ready) return {};
    if (Clock::now() > deadline)
      return fail("start the agent: it is not ready in time; its log: " + tail());
    processes::wait_any(one, pause);
    pause = std::min(pause * 2, kLook);
  }
  return {};
}

std::optional<pid_t> AgentProcess::Impl::find_provider() {
  const Result<std::string> text = api->get("/api/v1/plugins");
  if (!text) return std::nullopt;
  const Result<Json> body = parse_json(*text);
  if (!body) return std::nullopt;
  const Result<std::vector<Reader>> plugins = Reader(*body).elements();
  if (!plugins || plugins->empty()) return std::nullopt;
  const Result<int64_t> pid = plugins->front().integer("Pid", 0, INT32_MAX);
  if (!pid || *pid == 0) return std::nullopt;
  return static_cast<pid_t>(*pid);
}

AgentProcess::AgentProcess(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AgentProcess::~AgentProcess() = default;

Result<std::unique_ptr<AgentProcess>> AgentProcess::start(const processes::Guardian& guardian,
                                                          const Options& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  processes::ProcessSpec spec;
  spec.program = options.binary;
  spec.arguments = {"serve", "--config", options.directory + "/agent.toml"};
  for (const std::string& plant : options.plants) {
    spec.arguments.emplace_back("--plant");
    spec.arguments.push_back(plant);
  }
  spec.directory = options.directory;
  // A provider that is killed leaves its socket: there, where it goes with everything else.
  spec.environment = {"TMPDIR=" + options.directory};
  spec.deadline = std::chrono::hours(24);
  TRY(impl->process,
      processes::Process::spawn(guardian, spec, [raw = impl.get()](std::string_view line) {
        if (!raw->address) raw->address = parse_listening(line);
      }));
  return std::unique_ptr<AgentProcess>(new AgentProcess(std::move(impl)));
}

Result<void> AgentProcess::get_ready() {
  Impl& self = *impl_;
  const Clock::time_point deadline = Clock::now() + self.options.start_deadline;
  TRY_VOID(self.wait_until_listening(deadline));
  if (!self.address) return {};
  self.api = connect();
  return self.wait_until_ready(deadline);
}

pid_t AgentProcess::pid() const { return impl_->process->pid(); }

void AgentProcess::kill() {
  impl_->killed = true;
  impl_->process->kill();
}

void AgentProcess::signal_provider(int signal) {
  if (const std::optional<pid_t> pid = impl_->find_provider()) ::kill(*pid, signal);
}

bool AgentProcess::ended() { return impl_->ended(); }
bool AgentProcess::was_killed() const { return impl_->killed; }

std::string AgentProcess::how_it_ended() const {
  const auto& end = impl_->process->end();
  std::string how = "it is still running";
  if (end && end->exit_code) how = fmt::format("it ended with {}", *end->exit_code);
  if (end && end->signal) how = fmt::format("signal {} ended it", *end->signal);
  return fmt::format("{}; its log ends so:\n{}", how, impl_->tail());
}

agent::ApiClient& AgentProcess::api() {
  SQUALL_CHECK(impl_->api != nullptr);
  return *impl_->api;
}

std::unique_ptr<agent::ApiClient> AgentProcess::connect() const {
  return std::make_unique<agent::ApiClient>(impl_->address->host, impl_->address->port, "",
                                            impl_->options.request_timeout);
}

const std::string& AgentProcess::log() const { return impl_->process->err().text; }

}  // namespace squall::engines
