// A thread that hears from gRPC what has happened. Heavy: for wire/ only.
//
// gRPC has threads of its own for this (its callback interface), which are no good here: they doze
// for a tenth of a second whenever they had nothing to do for a second, and they must not be the
// ones that let go of the last channel.
#pragma once

#include <grpcpp/completion_queue.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace squall::plugin::wire {

// Something that gRPC was asked for, and now has done, or (not ok) never will.
class Event {
 public:
  virtual void happened(bool ok) = 0;

 protected:
  ~Event() = default;
};

class EventLoop {
 public:
  // The queue must outlive the loop.
  explicit EventLoop(grpc::CompletionQueue& queue);
  // Returns when nobody holds it open any more.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Whoever asks for events holds the loop open from before it asks until it has heard all of them.
  class Hold {
   public:
    explicit Hold(EventLoop& loop);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    EventLoop& loop_;
  };

 private:
  void run();

  grpc::CompletionQueue& queue_;
  std::mutex mutex_;
  std::condition_variable none_;
  size_t holds_ = 0;
  std::thread thread_;
};

}  // namespace squall::plugin::wire
