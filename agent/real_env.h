// engine::Env on a real machine: one life of the engine, in the thread that runs an io_context.
// Commits go to the writer's thread, calls to the provider's process; both come back through the
// io_context.
//
// Order of an ending: the io_context has stopped for good; end(), which destroys every coroutine;
// then the Engine; then this.
#pragma once

#include <boost/asio/io_context.hpp>
#include <coroutine>
#include <functional>
#include <list>
#include <map>
#include <string>

#include "agent/vault.h"
#include "base/random.h"
#include "engine/env.h"

namespace squall::agent {

class Metrics;
class Writer;
class ProviderProcess;
class WorkQueue;

class RealEnv final : public engine::Env {
 public:
  // What it works with; all of it must outlive the Env.
  struct World {
    boost::asio::io_context& io;
    WorkQueue& queue;
    Writer& writer;
    ProviderProcess& provider;
    const Vault& vault;
    Metrics& metrics;
    // Runs `work` in another thread and then posts `done` to the queue.
    std::function<void(std::function<void()> work, std::function<void()> done)> in_background;
    // Called once, from within stop(): the engine cannot go on, and must not be entered any more.
    // No coroutine is resumed after it.
    std::function<void(const std::string& reason)> on_stopped;
    // Called whenever something was done that may have brought the engine further.
    std::function<void()> on_progress;
  };
  explicit RealEnv(World world);
  ~RealEnv() override;
  RealEnv(const RealEnv&) = delete;
  RealEnv& operator=(const RealEnv&) = delete;

  // Destroys every coroutine. REQUIRES: the io_context runs no handler any more.
  void end();

  // How often each named situation happened.
  const std::map<std::string, uint64_t, std::less<>>& marks() const { return marks_; }
  uint64_t calls_in_flight() const { return calls_in_flight_; }

  // Env
  Instant wall_now() const override;
  Instant monotonic_now() const override;
  Task<void> sleep(Duration how_long) override;
  Task<Result<void>> load(
      std::function<void(const std::string& key, std::shared_ptr<const engine::Record>)> visit)
      override;
  Task<engine::Committed> commit(engine::Batch batch) override;
  void stop(std::string reason) override;
  Task<ProviderReply> call(engine::Outgoing request, Duration deadline) override;
  const engine::ProviderAnnouncement& provider() const override;
  std::string seal(std::string_view secret) override;
  Result<std::string> open(std::string_view sealed) override;
  Task<void> elsewhere(std::function<void()> work) override;
  uint64_t random() override;
  void spawn(Task<void> task) override;
  void resume_soon(std::coroutine_handle<> waiting) override;
  void mark(std::string_view name) override;

 private:
  using Roots = std::list<Task<void>>;

  static Task<void> run_root(RealEnv* env, Roots::iterator root, Task<void> task);

  World world_;
  Roots roots_;
  std::string last_store_trouble_;  // why a commit failed, for the reason that stop() gives
  Random random_;
  std::map<std::string, uint64_t, std::less<>> marks_;
  uint64_t calls_in_flight_ = 0;
  bool stopped_ = false;
};

}  // namespace squall::agent
