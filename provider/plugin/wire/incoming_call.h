// The server's end of a unary rpc whose handler blocks. Heavy: for wire/ only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string_view>

#include "base/time.h"
#include "provider/plugin/worker_pool.h"

namespace squall::plugin::wire {

// Counts handlers, so that what they use can wait for them.
class Handlers {
 public:
  void enter();
  void leave();
  void wait_until_none();

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  size_t count_ = 0;
};

// One rpc: `handle` runs in a thread of the pool, and ends with exactly one of answer(), refuse()
// and abandon(), after which it does not touch the call any more. Deletes itself.
class IncomingCall final : public grpc::ServerUnaryReactor {
 public:
  static IncomingCall* start(grpc::CallbackServerContext& context, WorkerPool& pool,
                             Handlers& handlers, std::function<void(IncomingCall&)> handle);

  // What the caller still waits; a day where it says nothing.
  Duration time_left() const;
  // The caller has given up or is gone, or the server is dropped.
  std::stop_token canceled() const { return canceled_.get_token(); }

  // Sends what the handler wrote into the response. afterwards: called in a thread of the pool once
  // that is on its way, and not at all where nobody waits for it any more. May be empty.
  void answer(std::function<void()> afterwards = {});
  void refuse(grpc::StatusCode code, std::string_view why);
  // No answer at all: the call ends when the caller gives up.
  void abandon();

 private:
  IncomingCall(const grpc::CallbackServerContext& context, WorkerPool& pool, Handlers& handlers)
      : context_(context), pool_(pool), handlers_(handlers) {}

  void OnCancel() override;
  void OnDone() override;

  const grpc::CallbackServerContext& context_;
  WorkerPool& pool_;
  Handlers& handlers_;
  std::stop_source canceled_;
  std::function<void()> afterwards_;
  std::atomic<bool> met_ = false;  // abandoned or canceled: whoever comes second ends it
};

}  // namespace squall::plugin::wire
