// What the addresses of the REST dialect do (docs/agent.md): from a Request to calls of the Api,
// and from its answers to a Response. Knows nothing of sockets.
//
// One thread: that of the engine.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/rest/api.h"
#include "agent/rest/message.h"

namespace squall::agent {

struct RouteOptions {
  std::string bearer_token;  // empty: none is asked for
};

// Takes one Response, at once or later. Later calls than the first are not made.
using Answer = std::function<void(Response)>;

// The long polls that wait for an Api to say that a command has ended.
class Waiting;

class Routes {
 public:
  Routes(Api& api, RouteOptions options);
  ~Routes();
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  // Looks at all but the body: what is refused here needs none, and whoever reads from a network
  // need not take it in. nullopt: handle() it.
  std::optional<Response> refuse(const Request& head) const;

  // REQUIRES: refuse() has nothing against it.
  // `answer` may be called after this object is gone, but not after the Api is.
  void handle(Request request, Answer answer);

  // Answers the long polls now, with what is.
  void stop_waiting();

 private:
  Api& api_;
  RouteOptions options_;
  std::shared_ptr<Waiting> waiting_;
};

}  // namespace squall::agent
