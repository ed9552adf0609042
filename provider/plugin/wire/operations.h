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

// Service: as generated.
template <class Service>
class Operations {
 public:
  using Async = typename Service::AsyncService;

  // The carrier must outlive this.
  explicit Operations(const Operator& carrier) : carrier_(carrier) {}

  Async& service() { return service_; }

  // Any procedure whose handler blocks. So many calls may come at one moment without waiting for
  // each other.
  template <class Request, class Response>
  void wait(Reception& reception, typename TypedCall<Async, Request, Response>::Procedure procedure,
            std::function<void(const Request&, Response&, IncomingCall&)> handler) {
    constexpr int kAtOnce = 4;
    using Call = TypedCall<Async, Request, Response>;
    const auto shared = std::make_shared<const typename Call::Handler>(std::move(handler));
    for (int i = 0; i < kAtOnce; ++i) Call::wait(reception, service_, procedure, shared);
  }

  // The operations.
  void wait(Reception& reception) {
    wait_for<v1::CreateRequest, v1::Answer>(reception, &Async::RequestCreate);
    wait_for<v1::SettleRequest, v1::Answer>(reception, &Async::RequestSettle);
    wait_for<v1::ReadRequest, v1::Answer>(reception, &Async::RequestRead);
    wait_for<v1::UpdateRequest, v1::Answer>(reception, &Async::RequestUpdate);
    wait_for<v1::DeleteRequest, v1::Answer>(reception, &Async::RequestDelete);
    wait_for<v1::StatusRequest, v1::Answer>(reception, &Async::RequestStatus);
    wait_for<v1::ListRequest, v1::ListAnswer>(reception, &Async::RequestList);
  }

 private:
  template <class Message, class Answer>
  void wait_for(Reception& reception,
                typename TypedCall<Async, Message, Answer>::Procedure procedure) {
    wait<Message, Answer>(reception, procedure,
                          [this](const Message& message, Answer& answer, IncomingCall& call) {
                            handle(message, answer, call);
                          });
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

  const Operator& carrier_;
  Async service_;
};

}  // namespace squall::plugin::wire
