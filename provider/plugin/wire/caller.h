// The client's end of the seven operations, over any stub that has them. Heavy: for wire/ only.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "provider/plugin/wire/event_loop.h"
#include "provider/plugin/wire/messages.h"
#include "provider/plugin/wire/socket.h"

namespace squall::plugin::wire {

// A call under way.
struct OutgoingCall {
  explicit OutgoingCall(EventLoop& loop) : hold(loop) {}
  virtual ~OutgoingCall() = default;
  OutgoingCall(const OutgoingCall&) = delete;
  OutgoingCall& operator=(const OutgoingCall&) = delete;

  const EventLoop::Hold hold;  // the first member, so that it is the last to go
  grpc::ClientContext context;
};

// Service: as generated.
template <class Service>
class Caller {
 public:
  explicit Caller(const std::string& socket_path)
      : channel_(connect(socket_path)), stub_(Service::NewStub(channel_)) {}
  // Ends what is under way with NetworkFailure, and returns when all of it has ended.
  ~Caller() {
    std::vector<std::shared_ptr<OutgoingCall>> left;
    {
      const std::scoped_lock lock(mutex_);
      closing_ = true;
      for (const auto& [key, call] : under_way_) left.push_back(call);
    }
    for (const auto& each : left) each->context.TryCancel();
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  typename Service::Stub& stub() { return *stub_; }

  bool is_connected() const {
    return channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
  }

  // done: called once, in the thread of this caller, and must not block. What is returned may be
  // canceled.
  std::shared_ptr<OutgoingCall> call(const ProviderRequest& request, Duration deadline,
                                     std::function<void(ProviderReply)> done) {
    using Stub = typename Service::Stub;
    switch (request.kind) {
      case CallKind::kCreate:
        return start<v1::CreateRequest, v1::Answer>(request, deadline, done, &Stub::AsyncCreate);
      case CallKind::kSettle:
        return start<v1::SettleRequest, v1::Answer>(request, deadline, done, &Stub::AsyncSettle);
      case CallKind::kRead:
        return start<v1::ReadRequest, v1::Answer>(request, deadline, done, &Stub::AsyncRead);
      case CallKind::kUpdate:
        return start<v1::UpdateRequest, v1::Answer>(request, deadline, done, &Stub::AsyncUpdate);
      case CallKind::kDelete:
        return start<v1::DeleteRequest, v1::Answer>(request, deadline, done, &Stub::AsyncDelete);
      case CallKind::kStatus:
        return start<v1::StatusRequest, v1::Answer>(request, deadline, done, &Stub::AsyncStatus);
      case CallKind::kList:
        return start<v1::ListRequest, v1::ListAnswer>(request, deadline, done, &Stub::AsyncList);
    }
    SQUALL_CHECK(false);
  }

 private:
  template <class Answer>
  struct Call final : OutgoingCall, Event {
    Call(Caller& its_owner, CallKind its_kind, std::function<void(ProviderReply)> told)
        : OutgoingCall(its_owner.loop_), owner(its_owner), kind(its_kind), done(std::move(told)) {}

    void happened(bool /*ok*/) override {
      done(reply_of(kind, status, answer));
      owner.end(this);
    }

    Caller& owner;
    const CallKind kind;
    const std::function<void(ProviderReply)> done;
    Answer answer;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Answer>> reader;
  };
  template <class Message, class Answer>
  using Procedure = std::unique_ptr<grpc::ClientAsyncResponseReader<Answer>> (Service::Stub::*)(
      grpc::ClientContext*, const Message&, grpc::CompletionQueue*);

  template <class Message, class Answer>
  std::shared_ptr<OutgoingCall> start(const ProviderRequest& request, Duration deadline,
                                      std::function<void(ProviderReply)>& done,
                                      Procedure<Message, Answer> procedure) {
    auto call = std::make_shared<Call<Answer>>(*this, request.kind, std::move(done));
    call->context.set_deadline(deadline_in(deadline));
    Message message;
    write(request, &message);
    {
      const std::scoped_lock lock(mutex_);
      under_way_.emplace(call.get(), call);
      if (closing_) call->context.TryCancel();
    }
    call->reader = (*stub_.*procedure)(&call->context, message, &queue_);
    call->reader->Finish(&call->answer, &call->status, static_cast<Event*>(call.get()));
    return call;
  }

  void end(const OutgoingCall* call) {
    std::unique_lock lock(mutex_);
    const auto ended = under_way_.extract(call);
    lock.unlock();
  }

  template <class Answer>
  static ProviderReply reply_of(CallKind kind, const grpc::Status& status, const Answer& answer) {
    if (!status.ok()) return failure_of(status);
    Result<ProviderReply> reply = read(kind, answer);
    if (reply) return *std::move(reply);
    return ProviderReply::failure(ErrorCode::kMalformedAnswer,
                                  "the answer cannot be used: " + reply.error().message);
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<typename Service::Stub> stub_;
  std::mutex mutex_;
  std::unordered_map<const OutgoingCall*, std::shared_ptr<OutgoingCall>> under_way_;
  bool closing_ = false;
  grpc::CompletionQueue queue_;
  EventLoop loop_{queue_};  // the last member: it waits for all calls
};

}  // namespace squall::plugin::wire
