// What comes on a connection: any bytes, in pieces whose size the first byte says, are requests
// with answers, or refused with JSON.
#include <cstdint>
#include <optional>

#include "agent/rest/fake_api_test.h"
#include "agent/rest/request_parser.h"
#include "agent/rest/routes.h"
#include "base/check.h"

namespace squall::agent {
namespace {

constexpr RequestParser::Limits kLimits = {.header_bytes = 1024, .body_bytes = 4096};

void expect_json(const Response& response) {
  SQUALL_CHECK(response.status >= 200);
  if (response.content_type == "application/json") {
    SQUALL_CHECK(parse_json(response.body).has_value());
  }
}

FakeApi fake_api() {
  FakeApi api;
  api.rows = {row_of("stack-0", "a"), row_of("stack-1", "b")};
  api.all_commands = {command_of("c-1")};
  return api;
}

class Connection {
 public:
  // false: nothing more is taken.
  bool take(std::string_view bytes) {
    buffer_ += bytes;
    while (!buffer_.empty()) {
      const bool had_head = parser_->is_head_done();
      RequestParser::Step step = parser_->take(buffer_);
      SQUALL_CHECK(step.consumed <= buffer_.size());
      buffer_.erase(0, step.consumed);
      if (step.refused) {
        expect_json(*step.refused);
        return false;
      }
      if (!had_head && parser_->is_head_done()) {
        if (const auto refused = routes_.refuse(parser_->request())) {
          expect_json(*refused);
          if (!parser_->is_done()) return false;
          parser_.emplace(kLimits);
          continue;
        }
      }
      SQUALL_CHECK(parser_->request().body.size() <= kLimits.body_bytes);
      if (parser_->is_done()) {
        handle();
      } else if (step.consumed == 0) {
        break;
      }
    }
    SQUALL_CHECK(buffer_.size() < kLimits.header_bytes);
    return true;
  }

 private:
  void handle() {
    int answers = 0;
    routes_.handle(std::move(parser_->request()), [&](Response response) {
      ++answers;
      while (response.more && response.more(response.body)) {
      }
      expect_json(response);
    });
    SQUALL_CHECK(answers == 1);
    parser_.emplace(kLimits);
  }

  FakeApi api_ = fake_api();
  Routes routes_{api_, {}};
  std::string buffer_;
  std::optional<RequestParser> parser_{std::in_place, kLimits};
};

}  // namespace
}  // namespace squall::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t piece = data[0] == 0 ? rest.size() : data[0];
  squall::agent::Connection connection;
  while (!rest.empty() && connection.take(rest.substr(0, piece))) {
    rest.remove_prefix(std::min(piece, rest.size()));
  }
  return 0;
}
