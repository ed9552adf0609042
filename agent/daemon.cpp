#include "agent/daemon.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "agent/metrics.h"
#include "agent/real_env.h"
#include "agent/rest/api.h"
#include "agent/store/store.h"
#include "agent/store/writer.h"
#include "agent/vault.h"
#include "agent/work_queue.h"
#include "engine/engine.h"

namespace squall::agent {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr Duration kDrainPatience = std::chrono::seconds(5);

// The mode of a folder that was there is its owner's business; but who can write in it can put
// another key or database there.
Result<void> make_private_folder(const std::string& path) {
  if (path.empty())
    return fail(
        "no folder is named for the agent's data; say --data FOLDER, or data in the settings");
  std::error_code error;
  const bool is_new = std::filesystem::create_directories(path, error);
  if (error)
    return fail(
        fmt::format("cannot make the folder {} for the agent's data: {}", path, error.message()));
  if (is_new && chmod(path.c_str(), S_IRWXU) != 0)
    return fail(fmt::format("cannot keep others out of {}: {}", path, std::strerror(errno)));
  struct stat found = {};
  if (stat(path.c_str(), &found) != 0)
    return fail(fmt::format("cannot look at {}: {}", path, std::strerror(errno)));
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(
        fmt::format("others may write in {}, where the agent's data and its key would be; "
                    "chmod 700 it, or name another folder",
                    path));
  return {};
}

// As it stands in an address.
std::string host_of(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

// A new key would not open what an earlier one has sealed.
Result<Vault> open_vault(Store& store, const std::string& data_folder) {
  if (Vault::has_key(data_folder)) return Vault::open(data_folder);
  bool sealed = false;
  TRY_VOID(store.load(
      [&sealed](const std::string&, const std::shared_ptr<const engine::Record>& record) {
        sealed = sealed || holds_sealed_text(*record);
      }));
  return Vault::open(data_folder, sealed ? Vault::IfMissing::kRefuse : Vault::IfMissing::kMake);
}

class Daemon final : public Api {
 public:
  Daemon(const Config& config, std::unique_ptr<Store> store, Vault vault)
      : config_(config),
        log_(config.log_level),
        vault_(std::move(vault)),
        provider_(io_, queue_, config.provider, log_),
        writer_(std::move(store),
                [this](std::deque<std::function<void()>> tasks) { queue_.post(std::move(tasks)); }),
        signals_(io_, SIGINT, SIGTERM),
        sync_timer_(io_) {}
  ~Daemon() override { take_down(); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  Result<int> run();

  // Api
  bool ready() const override { return engine_ != nullptr && engine_->ready(); }
  void submit(CommandRequest request, std::function<void(CommandReply)> answer) override {
    env_->spawn(submitted(this, std::move(request), std::move(answer)));
  }
  std::optional<CommandView> status(const std::string& id) const override {
    return engine_->status(id);
  }
  std::optional<CommandOutline> outline(const std::string& id) const override {
    return engine_->outline(id);
  }
  std::vector<CommandOutline> outlines() const override { return engine_->outlines(); }
  std::optional<CommandState> state_of(const std::string& id) const override {
    return engine_->state_of(id);
  }
  std::vector<CommandView> commands() const override { return engine_->commands(); }
  std::vector<InventoryRow> inventory() const override { return engine_->inventory(); }
  std::vector<std::string> stacks() const override { return engine_->stacks(); }
  std::vector<Target> targets() const override { return engine_->targets(); }
  std::vector<PluginView> plugins() const override { return {provider_.view()}; }
  void when_terminal(const std::string& command_id, Duration at_most,
                     std::function<void()> done) override;
  std::string metrics() const override;
  void in_background(std::function<void()> work, std::function<void()> done) override {
    asio::post(background_, [this, work = std::move(work), done = std::move(done)] {
      work();
      queue_.post(done);
    });
  }

 private:
  // Whoever waits for the end of a command.
  struct Waiting {
    std::string command_id;
    std::function<void()> done;
    asio::steady_timer timer;
  };

  static Task<void> recover(Daemon* self);
  void log_what_goes_on();
  static Task<void> submitted(Daemon* self, CommandRequest request,
                              std::function<void(CommandReply)> answer);
  void boot();
  void await_signal();
  void stop_by(int signal);
  void work();
  void give_up(const std::string& why);
  void tell_who_waits();
  void finish_waiting(uint64_t number);
  void sync_later();
  void take_down();

  const Config& config_;
  Log log_;
  asio::io_context io_{1};
  WorkQueue queue_{io_};
  Vault vault_;
  mutable Metrics metrics_;
  ProviderProcess provider_;
  Writer writer_;
  std::unique_ptr<RealEnv> env_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<RestServer> server_;
  asio::thread_pool background_{1};  // what would keep the engine's thread for too long
  asio::signal_set signals_;
  asio::steady_timer sync_timer_;
  // By number: a timer that has run out may have its handler in the queue when what it was for is
  // long done.
  std::map<uint64_t, Waiting> waiting_;
  uint64_t next_waiting_ = 0;
  bool told_soon_ = false;
  std::optional<int> exit_code_;
  std::optional<Error> trouble_;
};

Result<int> Daemon::run() {
  TRY(server_, RestServer::start(io_, *this, config_.server));
  fmt::print("squall-agent listens on http://{}:{}\n", host_of(config_.server.address),
             server_->port());
  std::fflush(stdout);
  log_.info("listening", {{"address", config_.server.address}, {"port", server_->port()}});
  await_signal();
  provider_.start([this] { boot(); },
                  [this](const std::string& why) {
                    trouble_ = Error{why};
                    io_.stop();
                  });
  work();
  take_down();
  if (trouble_) return std::unexpected(*trouble_);
  return exit_code_.value_or(0);
}

// What a handler throws has left it half done: nothing can be entered after it.
void Daemon::work() {
  try {
    io_.run();
  } catch (const std::exception& exception) {
    give_up(exception.what());
  }
}

void Daemon::await_signal() {
  signals_.async_wait([this](const error_code& error, int signal) {
    if (error) return;
    stop_by(signal);
    await_signal();
  });
}

void Daemon::stop_by(int signal) {
  log_.info("stopping", {{"signal", signal}});
  if (exit_code_) return io_.stop();
  exit_code_ = 0;
  server_->drain(kDrainPatience, [this] { io_.stop(); });
}

void Daemon::boot() {
  env_ = std::make_unique<RealEnv>(RealEnv::World{
      .io = io_,
      .queue = queue_,
      .writer = writer_,
      .provider = provider_,
      .vault = vault_,
      .metrics = metrics_,
      .in_background =
          [this](std::function<void()> work, std::function<void()> done) {
            in_background(std::move(work), std::move(done));
          },
      .on_stopped = [this](const std::string& reason) { give_up(reason); },
      .on_progress = [this] { tell_who_waits(); },
  });
  engine_ = std::make_unique<engine::Engine>(*env_, config_.engine);
  env_->spawn(recover(this));
}

Task<void> Daemon::recover(Daemon* self) {
  Task<Result<void>> recovery = self->engine_->recover();
  const Result<void> recovered = co_await std::move(recovery);
  if (!recovered) {
    self->trouble_ = Error{"cannot go on from what the store holds: " + recovered.error().message};
    self->io_.stop();
    co_return;
  }
  self->log_what_goes_on();
  self->log_.info("ready", {{"commands", self->engine_->outlines().size()}});
  self->sync_later();
}

// What the life before this one has left: which updates had begun by what the store says. Later
// those that begin now look the same.
void Daemon::log_what_goes_on() {
  for (const CommandOutline& outline : engine_->outlines()) {
    if (is_terminal(outline.command.state)) continue;
    const std::optional<CommandView> command = engine_->status(outline.command.id);
    JsonArray begun;
    for (const ResourceUpdateView& update : command->updates) {
      if (update.state != UpdateState::kInProgress) continue;
      begun.push_back(JsonObject{{"stack", update.identity.stack.text()},
                                 {"label", update.identity.label.text()},
                                 {"type", update.identity.type.text()},
                                 {"operation", to_string(update.operation)}});
    }
    log_.info("command-goes-on", {{"command", command->id}, {"begun", std::move(begun)}});
  }
}

Task<void> Daemon::submitted(Daemon* self, CommandRequest request,
                             std::function<void(CommandReply)> answer) {
  Task<CommandReply> submission = self->engine_->submit(std::move(request));
  CommandReply reply = co_await std::move(submission);
  self->metrics_.replied(reply);
  answer(std::move(reply));
}

// Nobody may enter the engine after this: the process ends, and the next one recovers.
void Daemon::give_up(const std::string& why) {
  log_.error("engine-stopped", {{"reason", why}});
  exit_code_ = 1;
  io_.stop();
}

void Daemon::when_terminal(const std::string& command_id, Duration at_most,
                           std::function<void()> done) {
  const std::optional<CommandState> state = state_of(command_id);
  if (!state || is_terminal(*state) || at_most <= Duration(0)) return done();
  const uint64_t number = next_waiting_++;
  Waiting waiting{command_id, std::move(done), asio::steady_timer(io_, at_most)};
  waiting.timer.async_wait([this, number](const error_code& error) {
    if (!error) finish_waiting(number);
  });
  waiting_.emplace(number, std::move(waiting));
}

void Daemon::finish_waiting(uint64_t number) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  const std::function<void()> done = std::move(found->second.done);
  waiting_.erase(found);
  done();
}

// Through the queue, so that what the engine does next is there to be seen; once for many.
void Daemon::tell_who_waits() {
  if (waiting_.empty() || std::exchange(told_soon_, true)) return;
  queue_.post([this] {
    told_soon_ = false;
    std::vector<uint64_t> over;
    for (const auto& [number, waiting] : waiting_) {
      const std::optional<CommandState> state = state_of(waiting.command_id);
      if (!state || is_terminal(*state)) over.push_back(number);
    }
    for (const uint64_t number : over) finish_waiting(number);
  });
}

void Daemon::sync_later() {
  if (config_.sync_interval == Duration(0)) return;
  sync_timer_.expires_after(config_.sync_interval);
  sync_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    CommandRequest request;
    request.kind = CommandKind::kSync;
    submit(std::move(request), [](const CommandReply&) {});
    sync_later();
  });
}

std::string Daemon::metrics() const {
  Metrics::Now now;
  now.provider_starts = provider_.view().starts;
  if (ready()) {
    now.calls_in_flight = env_->calls_in_flight();
    now.marks = &env_->marks();
    for (const CommandState state :
         {CommandState::kNotStarted, CommandState::kInProgress, CommandState::kSuccess,
          CommandState::kFailed, CommandState::kCanceled})
      now.commands[state] = 0;
    for (const CommandOutline& one : engine_->outlines()) ++now.commands[one.command.state];
  }
  return metrics_.text(now);
}

// Coroutines before the engine they are in, and the engine before its Env.
void Daemon::take_down() {
  background_.join();
  server_.reset();
  if (env_ != nullptr) env_->end();
  engine_.reset();
  env_.reset();
}

}  // namespace

Result<int> run_daemon(const Config& config) {
  signal(SIGPIPE, SIG_IGN);  // who reads the log may go
  TRY_VOID(make_private_folder(config.data_folder));
  if (config.provider.command.empty())
    return fail(
        "no provider is named; say --provider COMMAND, or provider.command in the settings");
  TRY(std::unique_ptr<Store> store, open_store(config.store, config.data_folder));
  TRY(Vault vault, open_vault(*store, config.data_folder));
  Daemon daemon(config, std::move(store), std::move(vault));
  return daemon.run();
}

}  // namespace squall::agent
