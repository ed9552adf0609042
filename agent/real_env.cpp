#include "agent/real_env.h"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <random>
#include <utility>

#include "agent/metrics.h"
#include "agent/provider_process.h"
#include "agent/store/writer.h"
#include "agent/work_queue.h"

namespace squall::agent {
namespace {

namespace asio = boost::asio;

// Suspends a coroutine until what `begin` starts has given its value, in the engine's thread. The
// awaiter lives in the frame that waits, and no frame is destroyed while a handler may still run.
template <class T, class Begin>
class Completion {
 public:
  explicit Completion(Begin begin) : begin_(std::move(begin)) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    begin_([this, waiting](T value) {
      value_.emplace(std::move(value));
      waiting.resume();
    });
  }
  T await_resume() { return std::move(*value_); }

 private:
  Begin begin_;
  std::optional<T> value_;
};

template <class T, class Begin>
Completion<T, Begin> completion(Begin begin) {
  return Completion<T, Begin>(std::move(begin));
}

// Ids and tokens must never repeat, from one life to the next either.
uint64_t unpredictable_seed() {
  std::random_device device;
  const uint64_t high = device();
  const uint64_t low = device();
  return (high << 32) ^ low;
}

template <class Clock>
Instant now_of() {
  return Instant(std::chrono::duration_cast<Duration>(Clock::now().time_since_epoch()));
}

}  // namespace

RealEnv::RealEnv(World world) : world_(std::move(world)), random_(unpredictable_seed()) {}

RealEnv::~RealEnv() { end(); }

void RealEnv::end() { roots_.clear(); }

Instant RealEnv::wall_now() const { return now_of<std::chrono::system_clock>(); }

Instant RealEnv::monotonic_now() const { return now_of<std::chrono::steady_clock>(); }

Task<void> RealEnv::sleep(Duration how_long) {
  asio::steady_timer timer(world_.io, how_long);
  auto waking = completion<bool>([this, &timer](auto done) {
    timer.async_wait([this, done](const boost::system::error_code& error) mutable {
      if (error == asio::error::operation_aborted || stopped_) return;
      done(true);
      world_.on_progress();
    });
  });
  co_await waking;
}

// Blocks: nothing else is to be done before the store is loaded.
Task<Result<void>> RealEnv::load(
    std::function<void(const std::string& key, std::shared_ptr<const engine::Record>)> visit) {
  co_return world_.writer.load(visit);
}

Task<engine::Committed> RealEnv::commit(engine::Batch batch) {
  const Instant begun = monotonic_now();
  auto writing = completion<engine::Committed>([this, &batch, begun](auto done) {
    world_.writer.commit(
        std::move(batch), [this, done, begun](engine::Committed written, std::string why) mutable {
          world_.metrics.committed(written == engine::Committed::kYes, monotonic_now() - begun);
          if (stopped_) return;
          if (written != engine::Committed::kYes) last_store_trouble_ = std::move(why);
          done(written);
          world_.on_progress();
        });
  });
  const engine::Committed written = co_await writing;
  co_return written;
}

void RealEnv::stop(std::string reason) {
  if (std::exchange(stopped_, true)) return;
  if (!last_store_trouble_.empty()) reason += ": " + last_store_trouble_;
  world_.on_stopped(reason);
}

Task<ProviderReply> RealEnv::call(engine::Outgoing request, Duration deadline) {
  const CallKind kind = request->kind;
  const Instant sent = monotonic_now();
  auto calling = completion<ProviderReply>([this, &request, deadline, kind, sent](auto done) {
    ++calls_in_flight_;
    world_.provider.call(std::move(*request), deadline,
                         [this, done, kind, sent](ProviderReply reply) mutable {
                           --calls_in_flight_;
                           world_.metrics.answered(kind, reply, monotonic_now() - sent);
                           if (stopped_) return;
                           done(std::move(reply));
                           world_.on_progress();
                         });
  });
  ProviderReply reply = co_await calling;
  co_return reply;
}

const engine::ProviderAnnouncement& RealEnv::provider() const {
  return world_.provider.announcement();
}

std::string RealEnv::seal(std::string_view secret) { return world_.vault.seal(secret); }

Result<std::string> RealEnv::open(std::string_view sealed) {
  return world_.vault.open_sealed(sealed);
}

Task<void> RealEnv::elsewhere(std::function<void()> work) {
  auto working = completion<bool>([this, &work](auto done) {
    world_.in_background(std::move(work), [this, done]() mutable {
      if (!stopped_) done(true);
    });
  });
  co_await working;
}

uint64_t RealEnv::random() { return random_.next(); }

// Destroys its own frame last of all: by way of the queue, once it is suspended for good.
Task<void> RealEnv::run_root(RealEnv* env, Roots::iterator root, Task<void> task) {
  co_await std::move(task);
  env->world_.queue.post([env, root] { env->roots_.erase(root); });
}

void RealEnv::spawn(Task<void> task) {
  const auto root = roots_.emplace(roots_.end());
  *root = run_root(this, root, std::move(task));
  world_.queue.post([this, root] {
    if (stopped_) return;
    root->start();
    world_.on_progress();
  });
}

void RealEnv::resume_soon(std::coroutine_handle<> waiting) {
  world_.queue.post([this, waiting] {
    if (stopped_) return;
    waiting.resume();
    world_.on_progress();
  });
}

void RealEnv::mark(std::string_view name) {
  const auto found = marks_.find(name);
  if (found != marks_.end()) {
    ++found->second;
  } else {
    marks_.emplace(name, 1);
  }
}

}  // namespace squall::agent
