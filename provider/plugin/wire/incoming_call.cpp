#include "provider/plugin/wire/incoming_call.h"

#include <algorithm>
#include <chrono>

namespace squall::plugin::wire {

IncomingCall::IncomingCall(Reception& reception) : hold_(reception.loop), reception_(reception) {
  context_.AsyncNotifyWhenDone(static_cast<Event*>(&over_));
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

void IncomingCall::arrive(bool ok) {
  // The server is dropped, and this call never came.
  if (!ok) return delete this;
  wait_for_next();
  reception_.pool.run([this] { handle(); });
}

void IncomingCall::answer(std::function<void()> afterwards) {
  afterwards_ = std::move(afterwards);
  finish(grpc::Status::OK, &finished_);
}

void IncomingCall::refuse(grpc::StatusCode code, std::string_view why) {
  // What goes into a header must be short.
  constexpr size_t kLongest = 1000;
  finish({code, std::string(why.substr(0, kLongest))}, &finished_);
}

void IncomingCall::abandon() {
  if (met_.exchange(true)) finish(grpc::Status::CANCELLED, &finished_);
}

void IncomingCall::Over::happened(bool /*ok*/) {
  IncomingCall& it = call;
  if (it.context_.IsCancelled()) {
    it.canceled_.request_stop();
    if (it.met_.exchange(true)) it.finish(grpc::Status::CANCELLED, &it.finished_);
  }
  it.end_one();
}

void IncomingCall::Finished::happened(bool ok) {
  if (!ok) call.afterwards_ = {};
  call.end_one();
}

void IncomingCall::end_one() {
  if (--left_ > 0) return;
  if (!afterwards_) return delete this;
  reception_.pool.run([this] {
    afterwards_();
    delete this;
  });
}

}  // namespace squall::plugin::wire
