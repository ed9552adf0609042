#include "agent/client/http_client.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>

namespace squall::agent {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& each : out)
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  return out;
}

}  // namespace

struct HttpClient::Impl {
  Impl(std::string the_host, uint16_t the_port, Duration the_timeout)
      : host(std::move(the_host)), port(the_port), timeout(the_timeout) {}

  // Blocking calls of Beast know no deadline; asynchronous ones do. So each step is begun, and the
  // io_context is run until it is over.
  template <class Begin>
  error_code wait_for(Begin begin) {
    error_code result = asio::error::would_block;
    begin([&result](const error_code& error, auto&&...) { result = error; });
    io.restart();
    io.run();
    return result;
  }

  error_code connect() {
    error_code error;
    const auto address = host == "localhost" ? asio::ip::address(asio::ip::address_v4::loopback())
                                             : asio::ip::make_address(host, error);
    if (error) return error;
    stream.emplace(io);
    stream->expires_after(timeout);
    buffer.clear();
    return wait_for([&](auto done) {
      stream->async_connect(asio::ip::tcp::endpoint(address, port), std::move(done));
    });
  }

  error_code exchange(const http::request<http::string_body>& request,
                      http::response<http::string_body>& response) {
    stream->expires_after(timeout);
    const error_code sent =
        wait_for([&](auto done) { http::async_write(*stream, request, std::move(done)); });
    // An agent that refuses a request for its head does not take in a long body: its answer is
    // there.
    const bool is_cut = sent == asio::error::broken_pipe || sent == asio::error::connection_reset;
    if (sent && !is_cut) return sent;
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    const error_code read =
        wait_for([&](auto done) { http::async_read(*stream, buffer, parser, std::move(done)); });
    if (read) return sent ? sent : read;
    response = parser.release();
    return {};
  }

  std::string where() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
  }

  const std::string host;
  const uint16_t port;
  const Duration timeout;
  asio::io_context io{1};
  std::optional<beast::tcp_stream> stream;
  beast::flat_buffer buffer;
};

HttpClient::HttpClient(std::string host, uint16_t port, Duration timeout)
    : impl_(std::make_unique<Impl>(std::move(host), port, timeout)) {}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  Impl& self = *impl_;
  http::request<http::string_body> out;
  out.version(11);
  out.method_string(request.method);
  out.target(request.target);
  out.set(http::field::host, self.where());
  for (const auto& [name, value] : request.headers) out.set(name, value);
  out.body() = request.body;
  out.prepare_payload();
  http::response<http::string_body> in;
  for (int attempt = 1;; ++attempt) {
    const bool is_new = !self.stream;
    if (is_new) {
      if (const error_code error = self.connect()) {
        self.stream.reset();
        return fail(fmt::format("cannot reach the agent at {}: {}", self.where(), error.message()));
      }
    }
    const error_code error = self.exchange(out, in);
    if (!error) break;
    self.stream.reset();
    const bool again = attempt == 1 && !is_new && request.method == "GET";
    if (!again)
      return fail(fmt::format("no answer from the agent at {} to {} {}: {}", self.where(),
                              request.method, request.target, error.message()));
  }
  if (!in.keep_alive()) self.stream.reset();
  HttpResponse response;
  response.status = in.result_int();
  for (const auto& field : in)
    response.headers.insert_or_assign(lower(std::string(field.name_string())),
                                      std::string(field.value()));
  response.body = std::move(in.body());
  return response;
}

std::string make_multipart(const std::vector<std::pair<std::string, std::string>>& fields,
                           const std::string& file, std::string& body) {
  // A boundary that does not come up in what it separates.
  std::string boundary = "squall-boundary";
  const auto comes_up = [&](const std::string& text) { return text.find(boundary) != text.npos; };
  while (comes_up(file)) boundary += '-';
  body.clear();
  for (const auto& [name, value] : fields)
    body += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n",
                        boundary, name, value);
  body += fmt::format(
      "--{}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"forma.json\"\r\n"
      "Content-Type: application/json\r\n\r\n",
      boundary);
  body += file;
  body += fmt::format("\r\n--{}--\r\n", boundary);
  return "multipart/form-data; boundary=" + boundary;
}

}  // namespace squall::agent
