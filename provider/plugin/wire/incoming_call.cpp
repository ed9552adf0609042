#include "provider/plugin/wire/incoming_call.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace squall::plugin::wire {

void Handlers::enter() {
  const std::scoped_lock lock(mutex_);
  ++count_;
}

void Handlers::leave() {
  const std::scoped_lock lock(mutex_);
  if (--count_ == 0) none_.notify_all();
}

void Handlers::wait_until_none() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return count_ == 0; });
}

IncomingCall* IncomingCall::start(grpc::CallbackServerContext& context, WorkerPool& pool,
                                  Handlers& handlers, std::function<void(IncomingCall&)> handle) {
  auto* call = new IncomingCall(context, pool, handlers);
  handlers.enter();
  pool.run([call, handle = std::move(handle)] { handle(*call); });
  return call;
}

Duration IncomingCall::time_left() const {
  constexpr Duration kLongest = std::chrono::hours(24);
  const gpr_timespec deadline = context_.raw_deadline();
  // The longest time there is cannot be reckoned with.
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return kLongest;
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return std::clamp(Duration(static_cast<int64_t>(gpr_timespec_to_micros(left))), Duration(0),
                    kLongest);
}

void IncomingCall::answer(std::function<void()> afterwards) {
  afterwards_ = std::move(afterwards);
  Finish(grpc::Status::OK);
}

void IncomingCall::refuse(grpc::StatusCode code, std::string_view why) {
  // What goes into a header must be short.
  constexpr size_t kLongest = 1000;
  Finish({code, std::string(why.substr(0, kLongest))});
}

void IncomingCall::abandon() {
  if (met_.exchange(true)) Finish(grpc::Status::CANCELLED);
}

void IncomingCall::OnCancel() {
  canceled_.request_stop();
  if (met_.exchange(true)) Finish(grpc::Status::CANCELLED);
}

void IncomingCall::OnDone() {
  Handlers& handlers = handlers_;
  std::function<void()> afterwards = std::move(afterwards_);
  const bool is_heard = !canceled_.stop_requested();
  WorkerPool& pool = pool_;
  delete this;
  if (!is_heard || !afterwards) return handlers.leave();
  pool.run([&handlers, afterwards = std::move(afterwards)] {
    afterwards();
    handlers.leave();
  });
}

}  // namespace squall::plugin::wire
