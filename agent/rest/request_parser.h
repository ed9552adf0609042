// HTTP/1.x requests from bytes, with limits. Boost.Beast does the work; this hides it, as its
// headers take long to compile.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "agent/rest/message.h"

namespace squall::agent {

class RequestParser {
 public:
  struct Limits {
    uint64_t header_bytes = 0;
    uint64_t body_bytes = 0;
  };

  explicit RequestParser(Limits limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  struct Step {
    size_t consumed = 0;
    // The bytes are none of a request that is taken: what to answer. Nothing that follows on the
    // connection makes sense then.
    std::optional<Response> refused;
  };
  // Takes bytes of one request; stops once where its head ends, and at its end. What it has not
  // consumed is given again, with more behind it.
  // REQUIRES: not is_done(), and nothing was refused.
  Step take(std::string_view bytes);

  bool is_head_done() const;
  bool is_done() const;
  // Once the head is there: may another request follow on this connection?
  bool keep_alive() const;
  // Once the head is there: the client waits to be told before it sends the body.
  bool expects_continue() const;
  // What has come of it so far; the body grows.
  Request& request();

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace squall::agent
