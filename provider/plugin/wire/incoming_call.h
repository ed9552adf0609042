// The server's end of a unary rpc whose handler blocks. Heavy: for wire/ only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "provider/plugin/wire/event_loop.h"
#include "provider/plugin/worker_pool.h"

namespace squall::plugin::wire {

// What the calls of one server have in common.
struct Reception {
  WorkerPool& pool;
  EventLoop& loop;
  grpc::ServerCompletionQueue& queue;
};

// One rpc, whatever it is about. Its handler runs in a thread of the pool, and ends with exactly
// one of answer(), refuse() and abandon(), after which it does not touch the call any more.
class IncomingCall {
 public:
  IncomingCall(const IncomingCall&) = delete;
  IncomingCall& operator=(const IncomingCall&) = delete;

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

 protected:
  explicit IncomingCall(Reception& reception);
  virtual ~IncomingCall() = default;

  // The next call of this kind can be waited for.
  virtual void wait_for_next() = 0;
  virtual void handle() = 0;
  virtual void finish(const grpc::Status& status, Event* finished) = 0;

  // What is asked of gRPC: `arrived_` when the call is waited for.
  struct Arrived final : Event {
    explicit Arrived(IncomingCall& of) : call(of) {}
    void happened(bool ok) override { call.arrive(ok); }
    IncomingCall& call;
  };
  struct Over final : Event {
    explicit Over(IncomingCall& of) : call(of) {}
    void happened(bool ok) override;
    IncomingCall& call;
  };
  struct Finished final : Event {
    explicit Finished(IncomingCall& of) : call(of) {}
    void happened(bool ok) override;
    IncomingCall& call;
  };

  const EventLoop::Hold hold_;  // the first member, so that it is the last to go
  Reception& reception_;
  grpc::ServerContext context_;
  Arrived arrived_{*this};

 private:
  void arrive(bool ok);
  // Two things end a call: it is over for its caller, and what was sent is sent.
  void end_one();

  Over over_{*this};
  Finished finished_{*this};
  std::stop_source canceled_;
  std::function<void()> afterwards_;
  std::atomic<int> left_ = 2;
  std::atomic<bool> met_ = false;  // abandoned or canceled: whoever comes second finishes it
};

// Service: the generated AsyncService.
template <class Service, class Request, class Response>
class TypedCall final : public IncomingCall {
 public:
  using Procedure = void (Service::*)(grpc::ServerContext*, Request*,
                                      grpc::ServerAsyncResponseWriter<Response>*,
                                      grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*);
  using Handler = std::function<void(const Request&, Response&, IncomingCall&)>;
  using SharedHandler = std::shared_ptr<const Handler>;  // it outlives the call it has ended

  // Waits for calls of the procedure, from now until the server is dropped.
  static void wait(Reception& reception, Service& service, Procedure procedure,
                   SharedHandler handler) {
    auto* call = new TypedCall(reception, service, procedure, std::move(handler));
    (service.*procedure)(&call->context_, &call->request_, &call->writer_, &reception.queue,
                         &reception.queue, static_cast<Event*>(&call->arrived_));
  }

 private:
  TypedCall(Reception& reception, Service& service, Procedure procedure, SharedHandler handler)
      : IncomingCall(reception),
        service_(service),
        procedure_(procedure),
        handler_(std::move(handler)) {}

  void wait_for_next() override { wait(reception_, service_, procedure_, handler_); }
  void handle() override {
    const SharedHandler handler = handler_;
    (*handler)(request_, response_, *this);
  }
  void finish(const grpc::Status& status, Event* finished) override {
    if (status.ok()) {
      writer_.Finish(response_, status, finished);
    } else {
      writer_.FinishWithError(status, finished);
    }
  }

  Service& service_;
  const Procedure procedure_;
  const SharedHandler handler_;
  Request request_;
  Response response_;
  grpc::ServerAsyncResponseWriter<Response> writer_{&context_};
};

}  // namespace squall::plugin::wire
