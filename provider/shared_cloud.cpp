#include "provider/shared_cloud.h"

#include <fmt/format.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/check.h"

namespace squall {

namespace {

// One call on its way, kept by whoever still has to do with it.
struct Message {
  std::shared_ptr<const ProviderRequest> request;
  cloud::CallId id = 0;
  cloud::Delivery delivery;
  Instant arrived;
  bool executed = false;
  bool awaited = true;                         // its caller is still there
  std::shared_ptr<const ProviderReply> reply;  // what the caller was told
  std::condition_variable changed;             // the caller waits on it
};
using MessagePointer = std::shared_ptr<Message>;

}  // namespace

struct SharedCloud::Impl {
  explicit Impl(cloud::Cloud& given)
      : cloud(given),
        started_wall(std::chrono::system_clock::now()),
        started(std::chrono::steady_clock::now()),
        timer([this](const std::stop_token& ended) { run_timer(ended); }) {}

  Instant now() const {
    const auto wall = started_wall + (std::chrono::steady_clock::now() - started);
    return Instant(std::chrono::duration_cast<Duration>(wall.time_since_epoch()));
  }
  std::chrono::steady_clock::time_point real_time(Instant at) const {
    return std::chrono::steady_clock::now() + (at - now());
  }

  // What follows needs the mutex.

  // What is due goes at once, in the caller's own thread.
  template <class Action>
  void after(Instant at, Action action) {
    if (at <= now()) return action();
    const auto added = timed.emplace(at, std::move(action));
    if (added == timed.begin()) timer_changed.notify_all();
  }

  void arrive(const MessagePointer& message) {
    const Instant arrival = now();
    cloud::Cloud::Arrival arrived = cloud.arrive_shared(message->request, arrival);
    message->id = arrived.call;
    message->delivery = std::move(arrived.delivery);
    message->arrived = arrival;
    const cloud::Delivery& delivery = message->delivery;
    for (const Duration delay : delivery.execute_after) {
      after(arrival + delay, [this, message] { execute(message); });
    }
    if (!delivery.answer_after || !delivery.answer_instead) return;
    auto reply = std::make_shared<const ProviderReply>(
        ProviderReply::failure(*delivery.answer_instead, delivery.words));
    after(arrival + *delivery.answer_after,
          [this, message, reply = std::move(reply)] { answer(message, reply); });
  }

  void execute(const MessagePointer& message) {
    std::shared_ptr<const ProviderReply> truth = cloud.execute_shared(message->id, now());
    const bool first = !std::exchange(message->executed, true);
    const cloud::Delivery& delivery = message->delivery;
    if (!first || !delivery.answer_after || delivery.answer_instead) return;
    after(message->arrived + *delivery.answer_after,
          [this, message, truth = std::move(truth)] { answer(message, truth); });
  }

  // The caller's thread says whether it got there.
  void answer(const MessagePointer& message, const std::shared_ptr<const ProviderReply>& reply) {
    if (!message->awaited) return cloud.answered_shared(message->id, reply, false, now());
    message->reply = reply;
    ++leaving;
    message->changed.notify_all();
  }
  void left(const Message& message, uint64_t of_reset, bool delivered) {
    --leaving;
    if (of_reset == resets) cloud.answered_shared(message.id, message.reply, delivered, now());
    if (pending() == 0) idle.notify_all();
  }

  void let_in() {
    if (!cloud.gate_open()) return;
    for (const MessagePointer& message : std::exchange(at_the_gate, {})) arrive(message);
  }

  size_t pending() const { return timed.size() + at_the_gate.size() + leaving; }

  void run_timer(const std::stop_token& ended) {
    std::unique_lock lock(mutex);
    while (!ended.stop_requested()) {
      if (timed.empty()) {
        timer_changed.wait(lock, ended, [this] { return !timed.empty(); });
        continue;
      }
      const auto next = timed.begin();
      const Instant due = next->first;
      if (due > now()) {
        timer_changed.wait_until(lock, ended, real_time(due),
                                 [&] { return timed.empty() || timed.begin()->first < due; });
        continue;
      }
      const std::function<void()> action = std::move(next->second);
      timed.erase(next);
      action();
      if (pending() == 0) idle.notify_all();
    }
  }

  cloud::Cloud& cloud;
  const std::chrono::system_clock::time_point started_wall;
  const std::chrono::steady_clock::time_point started;
  mutable std::mutex mutex;
  std::condition_variable idle;  // nothing is pending any more
  std::condition_variable_any timer_changed;
  std::multimap<Instant, std::function<void()>> timed;
  std::vector<MessagePointer> at_the_gate;
  size_t leaving = 0;   // answers whose callers' threads have them
  uint64_t resets = 0;  // so far: numbers of calls are of one of them
  std::jthread timer;   // the last member: it uses the others
};

SharedCloud::SharedCloud(cloud::Cloud& cloud) : impl_(std::make_unique<Impl>(cloud)) {}
SharedCloud::~SharedCloud() = default;

// The catalogue of a cloud never changes.
const std::vector<ResourceType>& SharedCloud::types() const {
  return impl_->cloud.resource_types();
}

CloudTraits SharedCloud::traits() const {
  const std::scoped_lock lock(impl_->mutex);
  const cloud::Behaviours& behaviours = impl_->cloud.behaviours();
  return {.create_tokens = behaviours.create_tokens,
          .versions = behaviours.versions,
          .normalises = behaviours.normalises,
          .consistency_window = behaviours.consistency_window};
}

Instant SharedCloud::now() const { return impl_->now(); }

ProviderReply SharedCloud::call(const ProviderRequest& request, const Patience& patience) {
  Impl& impl = *impl_;
  const auto message = std::make_shared<Message>();
  message->request = std::make_shared<const ProviderRequest>(request);
  // Before the lock, and gone after it: a callback takes the lock itself.
  const auto wake = [&impl, &message] {
    const std::scoped_lock lock(impl.mutex);
    message->changed.notify_all();
  };
  const std::stop_callback on_stop(patience.stop, wake);
  const std::stop_callback on_kill(patience.killed, wake);

  std::unique_lock lock(impl.mutex);
  const uint64_t of_reset = impl.resets;
  auto give_up = std::chrono::steady_clock::now() + patience.deadline;
  if (impl.cloud.gate_open()) {
    impl.arrive(message);
  } else {
    impl.at_the_gate.push_back(message);
  }
  bool told_to_stop = false;
  while (message->reply == nullptr && !patience.killed.stop_requested()) {
    const auto time = std::chrono::steady_clock::now();
    if (patience.stop.stop_requested() && !std::exchange(told_to_stop, true)) {
      give_up = std::min(give_up, time + patience.grace);
    }
    if (time >= give_up) break;
    message->changed.wait_until(lock, give_up);
  }
  if (message->reply != nullptr) {
    lock.unlock();
    const bool leaves = !patience.leaves || patience.leaves();
    lock.lock();
    const bool in_time =
        !patience.killed.stop_requested() && std::chrono::steady_clock::now() < give_up;
    impl.left(*message, of_reset, leaves && in_time);
    if (leaves && in_time) return *message->reply;
  }
  message->awaited = false;
  return ProviderReply::failure(
      ErrorCode::kDeadlineExceeded,
      fmt::format(
          "no answer within {} ms",
          std::chrono::duration_cast<std::chrono::milliseconds>(patience.deadline).count()));
}

void SharedCloud::lose(const ProviderRequest& request) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->cloud.arrive_shared(std::make_shared<const ProviderRequest>(request), impl_->now());
}

void SharedCloud::locked(const std::function<void(cloud::Cloud&)>& use) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->cloud.set_time(impl_->now());
  use(impl_->cloud);
  impl_->let_in();
  if (impl_->pending() == 0) impl_->idle.notify_all();
}

void SharedCloud::reset() {
  const std::scoped_lock lock(impl_->mutex);
  // They know their calls by numbers that the cloud gives out anew.
  ++impl_->resets;
  impl_->timed.clear();
  impl_->at_the_gate.clear();
  impl_->cloud.reset();
  impl_->idle.notify_all();
}

size_t SharedCloud::pending() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->pending();
}

bool SharedCloud::wait_until_idle(Duration at_most) {
  std::unique_lock lock(impl_->mutex);
  return impl_->idle.wait_for(lock, at_most, [this] { return impl_->pending() == 0; });
}

}  // namespace squall
