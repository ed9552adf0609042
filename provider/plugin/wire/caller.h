// The client's end of the seven operations, over any stub that has them. Heavy: for wire/ only.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "provider/plugin/wire/channel.h"
#include "provider/plugin/wire/messages.h"

namespace squall::plugin::wire {

// A call under way.
struct OutgoingCall {
  virtual ~OutgoingCall() = default;
  grpc::ClientContext context;
  std::function<void(ProviderReply)> done;
};

// Service: as generated.
template <class Service>
class Caller {
 public:
  explicit Caller(const std::string& socket_path) : stub_(Service::NewStub(connect(socket_path))) {}
  // Ends what is under way with NetworkFailure, and returns when all of it has ended.
  ~Caller() {
    std::unique_lock lock(mutex_);
    closing_ = true;
    const std::vector<std::shared_ptr<OutgoingCall>> left(under_way_.begin(), under_way_.end());
    lock.unlock();
    for (const auto& each : left) each->context.TryCancel();
    lock.lock();
    none_.wait(lock, [this] { return under_way_.empty(); });
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  typename Service::Stub& stub() { return *stub_; }

  // done: called once, in a thread of gRPC, and must not block. What is returned may be canceled.
  std::shared_ptr<OutgoingCall> call(const ProviderRequest& request, Duration deadline,
                                     std::function<void(ProviderReply)> done) {
    using Async = typename Service::Stub::async;
    switch (request.kind) {
      case CallKind::kCreate:
        return start<v1::CreateRequest, v1::Answer>(request, deadline, done, &Async::Create);
      case CallKind::kSettle:
        return start<v1::SettleRequest, v1::Answer>(request, deadline, done, &Async::Settle);
      case CallKind::kRead:
        return start<v1::ReadRequest, v1::Answer>(request, deadline, done, &Async::Read);
      case CallKind::kUpdate:
        return start<v1::UpdateRequest, v1::Answer>(request, deadline, done, &Async::Update);
      case CallKind::kDelete:
        return start<v1::DeleteRequest, v1::Answer>(request, deadline, done, &Async::Delete);
      case CallKind::kStatus:
        return start<v1::StatusRequest, v1::Answer>(request, deadline, done, &Async::Status);
      case CallKind::kList:
        return start<v1::ListRequest, v1::ListAnswer>(request, deadline, done, &Async::List);
    }
    SQUALL_CHECK(false);
  }

 private:
  template <class Message, class Answer>
  struct Call final : OutgoingCall {
    Message message;
    Answer answer;
  };
  template <class Message, class Answer>
  using Method = void (Service::Stub::async::*)(grpc::ClientContext*, const Message*, Answer*,
                                                std::function<void(grpc::Status)>);

  template <class Message, class Answer>
  std::shared_ptr<OutgoingCall> start(const ProviderRequest& request, Duration deadline,
                                      std::function<void(ProviderReply)>& done,
                                      Method<Message, Answer> method) {
    auto call = std::make_shared<Call<Message, Answer>>();
    call->context.set_deadline(deadline_in(deadline));
    call->done = std::move(done);
    write(request, &call->message);
    {
      const std::scoped_lock lock(mutex_);
      under_way_.insert(call);
      if (closing_) call->context.TryCancel();
    }
    (stub_->async()->*method)(&call->context, &call->message, &call->answer,
                              [this, call, kind = request.kind](const grpc::Status& status) {
                                call->done(reply_of(kind, status, call->answer));
                                const std::scoped_lock lock(mutex_);
                                under_way_.erase(call);
                                if (under_way_.empty()) none_.notify_all();
                              });
    return call;
  }

  template <class Answer>
  static ProviderReply reply_of(CallKind kind, const grpc::Status& status, const Answer& answer) {
    if (!status.ok()) return failure_of(status);
    Result<ProviderReply> reply = read(kind, answer);
    if (reply) return *std::move(reply);
    return ProviderReply::failure(ErrorCode::kMalformedAnswer,
                                  "the answer cannot be used: " + reply.error().message);
  }

  const std::unique_ptr<typename Service::Stub> stub_;
  std::mutex mutex_;
  std::condition_variable none_;
  std::unordered_set<std::shared_ptr<OutgoingCall>> under_way_;
  bool closing_ = false;
};

}  // namespace squall::plugin::wire
