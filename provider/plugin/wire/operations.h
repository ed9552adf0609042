// The seven operations, which a provider and the cloud serve with the same messages: the server's
// end of them, over any service that has them. Heavy: for wire/ only.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "provider/plugin/wire/incoming_call.h"
#include "provider/plugin/wire/messages.h"

namespace squall::plugin::wire {

// What carries the calls out. Its functions are called in threads of the pool, and block.
struct Operator {
  // nullopt: the call is never answered.
  std::function<std::optional<ProviderReply>(const ProviderRequest&, const IncomingCall&)> carry;
  // The answer is on its way. May be empty.
  std::function<void(const ProviderRequest&)> answered;
};

// Base: the generated CallbackService.
template <class Base>
class OperationService : public Base {
 public:
  // All must outlive the service.
  OperationService(Operator& carrier, WorkerPool& pool, Handlers& handlers)
      : carrier_(carrier), pool_(pool), handlers_(handlers) {}

  grpc::ServerUnaryReactor* Create(grpc::CallbackServerContext* context,
                                   const v1::CreateRequest* request, v1::Answer* answer) override {
    return start(*context, *request, *answer);
  }
  grpc::ServerUnaryReactor* Settle(grpc::CallbackServerContext* context,
                                   const v1::SettleRequest* request, v1::Answer* answer) override {
    return start(*context, *request, *answer);
  }
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context,
                                 const v1::ReadRequest* request, v1::Answer* answer) override {
    return start(*context, *request, *answer);
  }
  grpc::ServerUnaryReactor* Update(grpc::CallbackServerContext* context,
                                   const v1::UpdateRequest* request, v1::Answer* answer) override {
    return start(*context, *request, *answer);
  }
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const v1::DeleteRequest* request, v1::Answer* answer) override {
    return start(*context, *request, *answer);
  }
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context,
                                   const v1::StatusRequest* request, v1::Answer* answer) override {
    return start(*context, *request, *answer);
  }
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListRequest* request, v1::ListAnswer* answer) override {
    return start(*context, *request, *answer);
  }

 protected:
  // Any other rpc whose handler blocks.
  grpc::ServerUnaryReactor* start_plain(grpc::CallbackServerContext& context,
                                        std::function<void(IncomingCall&)> handle) {
    return IncomingCall::start(context, pool_, handlers_, std::move(handle));
  }

 private:
  template <class Message, class Answer>
  grpc::ServerUnaryReactor* start(grpc::CallbackServerContext& context, const Message& message,
                                  Answer& answer) {
    return start_plain(
        context, [this, &message, &answer](IncomingCall& call) { handle(message, answer, call); });
  }

  template <class Message, class Answer>
  void handle(const Message& message, Answer& answer, IncomingCall& call) {
    Result<ProviderRequest> request = read(message);
    if (!request) {
      return call.refuse(grpc::StatusCode::INVALID_ARGUMENT,
                         "the request cannot be read: " + request.error().message);
    }
    const std::optional<ProviderReply> reply = carrier_.carry(*request, call);
    if (!reply) return call.abandon();
    write(*reply, &answer);
    if (!carrier_.answered) return call.answer();
    call.answer([this, request = *std::move(request)] { carrier_.answered(request); });
  }

  Operator& carrier_;
  WorkerPool& pool_;
  Handlers& handlers_;
};

}  // namespace squall::plugin::wire
