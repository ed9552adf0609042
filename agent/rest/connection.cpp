#include "agent/rest/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/write.hpp>
#include <chrono>
#include <exception>
#include <utility>

namespace squall::agent {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A client that was refused may still be sending: a connection that is closed on it takes the
// response along. So what comes is taken in, for so long.
constexpr Duration kLongestLeave = std::chrono::seconds(2);
// The bodies of all requests that are being read may have so many times the limit of one.
constexpr uint64_t kBodiesAtOnce = 4;

std::string head_of(const Response& response, bool keep) {
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nConnection: {}\r\n", response.status,
                  reason_of(response.status), response.content_type, keep ? "keep-alive" : "close");
  for (const Field& field : response.fields) {
    out += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  return out;
}

}  // namespace

Connection::Connection(Socket socket, std::shared_ptr<Connections> all, uint64_t number)
    : socket_(std::move(socket)), timer_(all->io), all_(std::move(all)), number_(number) {}

template <class Step>
void Connection::guard(const Step& step) {
  if (stage_ == Stage::kClosed) return;
  try {
    step();
  } catch (const std::exception&) {
    close();  // no memory, most likely: there is none for a response either
  }
}

void Connection::start() {
  guard([this] {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    next_request();
  });
}

void Connection::close() {
  if (stage_ == Stage::kClosed) return;
  stage_ = Stage::kClosed;
  const std::shared_ptr<Connection> self = shared_from_this();
  account_for_body(0);
  more_ = nullptr;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
  all_->open.erase(number_);
  if (all_->open.empty() && all_->on_last_closed) std::exchange(all_->on_last_closed, {})();
}

void Connection::drain() {
  if (stage_ == Stage::kIdle || stage_ == Stage::kLeaving) close();
}

void Connection::next_request() {
  account_for_body(0);
  stage_ = Stage::kIdle;
  if (all_->is_draining) return close();
  parser_.emplace(RequestParser::Limits{.header_bytes = all_->options.max_header_bytes,
                                        .body_bytes = all_->options.max_body_bytes});
  ++requests_;
  is_head_request_ = false;
  is_http_1_0_ = false;
  if (buffer_.empty()) {
    set_deadline(all_->options.idle_timeout);
    return read();
  }
  stage_ = Stage::kReading;
  set_deadline(all_->options.read_timeout);
  parse();
}

void Connection::read() {
  socket_.async_read_some(asio::buffer(incoming_),
                          [self = shared_from_this()](error_code error, size_t size) {
                            self->guard([&] { self->on_read(error, size); });
                          });
}

void Connection::on_read(error_code error, size_t size) {
  if (stage_ != Stage::kIdle && stage_ != Stage::kReading) return;  // timed out meanwhile
  if (error == asio::error::eof) return on_end_of_input();
  if (error) return close();
  if (stage_ == Stage::kIdle) {
    stage_ = Stage::kReading;
    set_deadline(all_->options.read_timeout);
  }
  buffer_.append(incoming_.data(), size);
  parse();
}

void Connection::on_end_of_input() {
  // A client may have ended its half of the connection, and read on.
  if (stage_ == Stage::kIdle) return close();
  refuse(bad_request("the request ends before it is whole"));
}

void Connection::parse() {
  while (!buffer_.empty()) {
    const bool had_head = parser_->is_head_done();
    RequestParser::Step step = parser_->take(buffer_);
    buffer_.erase(0, step.consumed);
    if (step.refused) return refuse(*std::move(step.refused));
    if (!had_head && parser_->is_head_done() && !take_head()) return;
    account_for_body(parser_->request().body.size());
    if (all_->body_bytes > kBodiesAtOnce * all_->options.max_body_bytes) {
      return refuse(error_response(503, "Unavailable",
                                   "too much is being sent at once: try again in a moment"));
    }
    if (parser_->is_done()) return handle();
    if (step.consumed == 0) break;
  }
  read();
}

// false: something else goes on now than reading.
bool Connection::take_head() {
  const Request& head = parser_->request();
  is_head_request_ = head.method == "HEAD";
  is_http_1_0_ = head.is_http_1_0;
  if (std::optional<Response> refused = all_->routes.refuse(head)) {
    if (parser_->is_done()) {
      send(*std::move(refused), parser_->keep_alive());
    } else {
      refuse(*std::move(refused));
    }
    return false;
  }
  if (!parser_->is_done() && buffer_.empty() && parser_->expects_continue()) {
    write_continue();
    return false;
  }
  return true;
}

void Connection::write_continue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](error_code error, size_t) {
                      self->guard([&] {
                        if (self->stage_ != Stage::kReading) return;
                        if (error) return self->close();
                        self->read();
                      });
                    });
}

void Connection::handle() {
  stage_ = Stage::kHandling;
  ++deadlines_;
  timer_.cancel();
  const uint64_t number = requests_;
  const auto answer = [weak = weak_from_this(), number](Response response) {
    const std::shared_ptr<Connection> self = weak.lock();
    if (self) self->guard([&] { self->on_answer(number, std::move(response)); });
  };
  std::string wrong;
  try {
    return all_->routes.handle(std::move(parser_->request()), answer);
  } catch (const std::exception& exception) {
    wrong = exception.what();
  }
  on_answer(number, error_response(500, "InternalError", wrong));
}

void Connection::on_answer(uint64_t request_number, Response response) {
  if (stage_ != Stage::kHandling || request_number != requests_) return;
  send(std::move(response), parser_->keep_alive());
}

// The rest of the request, if any, is not read: nothing else can come on this connection.
void Connection::refuse(Response response) {
  buffer_.clear();
  send(std::move(response), /*keep=*/false);
}

void Connection::send(Response response, bool keep) {
  stage_ = Stage::kWriting;
  body_ = std::move(response.body);
  more_ = std::move(response.more);
  tail_.clear();
  if (more_ && !more_(body_)) more_ = nullptr;  // it was all of it
  is_chunked_ = more_ != nullptr && !is_http_1_0_;
  keep_ = keep && !all_->is_draining && (more_ == nullptr || is_chunked_);
  std::string head = head_of(response, keep_);
  if (is_chunked_) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (more_ == nullptr) {
    head += fmt::format("Content-Length: {}\r\n", body_.size());
  }
  head += "\r\n";
  if (is_head_request_) {
    body_.clear();
    more_ = nullptr;
    is_chunked_ = false;
  }
  write_slice(std::move(head));
}

// Writes `head` and what body_ holds.
void Connection::write_slice(std::string head) {
  head_ = std::move(head);
  if (is_chunked_ && !body_.empty()) {
    head_ += fmt::format("{:x}\r\n", body_.size());
    tail_ = "\r\n";
  }
  if (is_chunked_ && more_ == nullptr) tail_ += "0\r\n\r\n";
  set_deadline(all_->options.idle_timeout);
  const std::array<asio::const_buffer, 3> buffers = {asio::buffer(head_), asio::buffer(body_),
                                                     asio::buffer(tail_)};
  asio::async_write(socket_, buffers, [self = shared_from_this()](error_code error, size_t) {
    self->guard([&] {
      if (error) return self->close();
      self->on_written();
    });
  });
}

void Connection::on_written() {
  if (more_ == nullptr) {
    if (keep_) return next_request();
    return leave();
  }
  body_.clear();
  tail_.clear();
  if (!more_(body_)) more_ = nullptr;
  write_slice("");
}

void Connection::leave() {
  account_for_body(0);
  if (all_->is_draining) return close();
  stage_ = Stage::kLeaving;
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return close();
  set_deadline(std::min(kLongestLeave, all_->options.read_timeout));
  discard();
}

void Connection::discard() {
  socket_.async_read_some(asio::buffer(incoming_),
                          [self = shared_from_this()](error_code error, size_t) {
                            self->guard([&] {
                              if (error) return self->close();
                              self->discard();
                            });
                          });
}

void Connection::account_for_body(uint64_t bytes) {
  all_->body_bytes += bytes - held_body_bytes_;
  held_body_bytes_ = bytes;
}

void Connection::set_deadline(Duration after) {
  const uint64_t number = ++deadlines_;
  timer_.expires_after(after);
  timer_.async_wait([self = shared_from_this(), number](error_code error) {
    if (error || number != self->deadlines_) return;
    self->guard([&] { self->on_deadline(); });
  });
}

void Connection::on_deadline() {
  if (stage_ != Stage::kReading) return close();
  error_code ignored;
  socket_.cancel(ignored);
  refuse(error_response(408, "RequestTimeout", "the request did not come to its end in time"));
}

}  // namespace squall::agent
