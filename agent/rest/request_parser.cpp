#include "agent/rest/request_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

namespace squall::agent {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

class RequestParser::Parser final : public http::basic_parser<true> {
 public:
  explicit Parser(Limits limits) : limits_(limits) {
    constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
    header_limit(static_cast<uint32_t>(std::min(limits.header_bytes, kMost)));
    body_limit(limits.body_bytes);
  }

  const Limits& limits() const { return limits_; }
  Request request;

 private:
  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code& error) override {
    request.method.assign(method.data(), method.size());
    request.target.assign(target.data(), target.size());
    request.is_http_1_0 = version == 10;
    count(method.size() + target.size(), error);
  }
  void on_field_impl(http::field, string_view name, string_view value, error_code& error) override {
    if (is_header_done()) return;  // behind a chunked body: of no use here
    request.fields.push_back(
        {std::string(name.data(), name.size()), std::string(value.data(), value.size())});
    count(name.size() + value.size(), error);
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {
    // A client that only says it will send much gets no memory for it.
  }
  size_t on_body_impl(string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(uint64_t, string_view, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  // The limit of the base class begins anew where a piece has come to an end.
  void count(size_t bytes, error_code& error) {
    header_bytes_ += bytes;
    if (header_bytes_ > limits_.header_bytes) error = http::error::header_limit;
  }

  Limits limits_;
  uint64_t header_bytes_ = 0;
};

namespace {

Response too_large(uint64_t limit) {
  return error_response(413, "PayloadTooLarge",
                        fmt::format("the body has more than {} bytes, which is the limit", limit));
}

Response fields_too_large(uint64_t limit) {
  return error_response(
      431, "HeaderFieldsTooLarge",
      fmt::format("the head of the request, or of a chunk, has more than {} bytes", limit));
}

Response response_to(const error_code& error, const RequestParser::Limits& limits) {
  if (error == http::error::body_limit) return too_large(limits.body_bytes);
  if (error == http::error::header_limit) return fields_too_large(limits.header_bytes);
  if (error == http::error::bad_version) {
    return error_response(505, "HttpVersionNotSupported",
                          "the server speaks HTTP/1.1 and HTTP/1.0");
  }
  return bad_request(fmt::format("this is no HTTP request: {}", error.message()));
}

// What the base class lets pass, and this server cannot take. nullopt: all is well.
std::optional<Response> refused_head(const Request& request, bool is_chunked) {
  const std::string* encoding = request.field("Transfer-Encoding");
  if (encoding != nullptr) {
    // Otherwise there is no telling where the request ends.
    const bool is_plain =
        is_chunked && same_but_for_case(*encoding, "chunked") && !request.is_http_1_0;
    if (!is_plain) return bad_request("Transfer-Encoding can only be chunked");
  }
  const size_t hosts = request.count("Host");
  if (hosts > 1 || (hosts == 0 && !request.is_http_1_0)) {
    return bad_request("the request must have Host once");
  }
  const std::string* expect = request.field("Expect");
  if (expect != nullptr && !same_but_for_case(*expect, "100-continue")) {
    return error_response(417, "ExpectationFailed", "Expect can only be 100-continue");
  }
  return std::nullopt;
}

}  // namespace

RequestParser::RequestParser(Limits limits) : parser_(std::make_unique<Parser>(limits)) {}
RequestParser::~RequestParser() = default;

RequestParser::Step RequestParser::take(std::string_view bytes) {
  Step step;
  if (!parser_->got_some()) {
    // Some clients end a body with a line end that they do not count.
    while (bytes.substr(step.consumed).starts_with("\r\n")) step.consumed += 2;
    if (bytes.size() - step.consumed <= 1) return step;  // half of another one, perhaps
  }
  const bool had_head = parser_->is_header_done();
  parser_->eager(had_head);
  error_code error;
  const std::string_view rest = bytes.substr(step.consumed);
  step.consumed += parser_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
  if (error == http::error::need_more) {
    // The base class waits for the whole head of a chunk, and for all of what follows the last one.
    if (bytes.size() - step.consumed >= parser_->limits().header_bytes) {
      step.refused = fields_too_large(parser_->limits().header_bytes);
    }
  } else if (error) {
    step.refused = response_to(error, parser_->limits());
  } else if (!had_head && parser_->is_header_done()) {
    step.refused = refused_head(parser_->request, parser_->chunked());
  }
  return step;
}

bool RequestParser::is_head_done() const { return parser_->is_header_done(); }
bool RequestParser::is_done() const { return parser_->is_done(); }
bool RequestParser::keep_alive() const { return parser_->keep_alive(); }

bool RequestParser::expects_continue() const {
  return !parser_->request.is_http_1_0 && parser_->request.field("Expect") != nullptr;
}

Request& RequestParser::request() { return parser_->request; }

}  // namespace squall::agent
