#include "provider/plugin/wire/event_loop.h"

#include "base/check.h"

namespace squall::plugin::wire {

EventLoop::EventLoop(grpc::CompletionQueue& queue) : queue_(queue), thread_([this] { run(); }) {}

EventLoop::~EventLoop() {
  SQUALL_CHECK(std::this_thread::get_id() != thread_.get_id());  // it would wait for itself
  {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return holds_ == 0; });
  }
  queue_.Shutdown();
  thread_.join();
}

EventLoop::Hold::Hold(EventLoop& loop) : loop_(loop) {
  const std::scoped_lock lock(loop_.mutex_);
  ++loop_.holds_;
}

EventLoop::Hold::~Hold() {
  const std::scoped_lock lock(loop_.mutex_);
  if (--loop_.holds_ == 0) loop_.none_.notify_all();
}

void EventLoop::run() {
  void* event = nullptr;
  bool ok = false;
  while (queue_.Next(&event, &ok)) static_cast<Event*>(event)->happened(ok);
}

}  // namespace squall::plugin::wire
