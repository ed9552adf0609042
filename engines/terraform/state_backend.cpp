#include "engines/terraform/state_backend.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/random.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "engines/terraform/state_store.h"

namespace squall::terraform {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr uint64_t kMaxStateBytes = uint64_t{1} << 30;
// A connection that nobody uses. CLI runs end sooner, and take theirs with them.
constexpr auto kIdle = std::chrono::minutes(10);

std::string make_token() {
  unsigned char bytes[16];
  SQUALL_CHECK(::getrandom(bytes, sizeof bytes, 0) == sizeof bytes);
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

struct Case {
  std::string token = make_token();
  StateStore store;
  size_t connections = 0;
};

// "/name/token/run" and the lock id in the query of a write.
struct RequestTarget {
  std::string name;
  std::string token;
  std::string run;
  std::string lock_id;
};

RequestTarget parse_target(std::string_view target) {
  RequestTarget made;
  constexpr std::string_view kId = "ID=";
  const size_t question = target.find('?');
  if (question != std::string_view::npos) {
    const std::string_view query = target.substr(question + 1);
    const size_t id = query.find(kId);
    if (id != std::string_view::npos) {
      const std::string_view rest = query.substr(id + kId.size());
      made.lock_id = rest.substr(0, rest.find('&'));
    }
    target = target.substr(0, question);
  }
  for (std::string* part : {&made.name, &made.token, &made.run}) {
    if (!target.starts_with('/')) break;
    target.remove_prefix(1);
    *part = target.substr(0, target.find('/'));
    target.remove_prefix(part->size());
  }
  return made;
}

std::optional<BackendCall> call_of(http::verb verb) {
  switch (verb) {
    case http::verb::lock:
      return BackendCall::kLock;
    case http::verb::unlock:
      return BackendCall::kUnlock;
    case http::verb::get:
      return BackendCall::kRead;
    case http::verb::post:
      return BackendCall::kWrite;
    case http::verb::delete_:
      return BackendCall::kDelete;
    default:
      return std::nullopt;
  }
}

// Declared in this order so that the context goes first, and with it the connections that wait in
// its handlers and use the rest.
struct Server {
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  std::atomic<uint64_t> strangers = 0;
  std::atomic<size_t> connections = 0;

  mutable std::mutex mutex;  // of what follows
  mutable std::condition_variable is_quieter;
  std::map<std::string, Case> cases;
  uint64_t next_sequence = 1;

  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  uint16_t port = 0;
  std::thread thread;

  Duration now() const {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
  }
  Case& existing(const std::string& name) {
    const auto found = cases.find(name);
    SQUALL_CHECK(found != cases.end());
    return found->second;
  }
  // nullptr: no such address. REQUIRES: the mutex is held.
  Case* case_at(const RequestTarget& target) {
    const auto found = cases.find(target.name);
    if (found == cases.end() || found->second.token != target.token) return nullptr;
    return &found->second;
  }

  Result<void> listen();
  void accept();
  void serve();
};

// One connection of a CLI run: a request, its reply, the next request. It keeps itself alive
// through the handlers it waits in.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Server& backend)
      : stream_(std::move(socket)), timer_(backend.io), backend_(backend) {
    ++backend_.connections;
  }
  ~Connection() {
    --backend_.connections;
    const std::lock_guard lock(backend_.mutex);
    if (Case* of = backend_.case_at(first_)) --of->connections;
    backend_.is_quieter.notify_all();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void read() {
    parser_.emplace();
    parser_->body_limit(kMaxStateBytes);
    stream_.expires_after(kIdle);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, size_t) {
                       if (!error) self->take();
                     });
  }

 private:
  void take();
  void carry_out(const RequestTarget& target, const StoreRequest& request,
                 const std::optional<BackendFault>& fault);
  void reply(int status, std::string body);

  beast::tcp_stream stream_;
  asio::steady_timer timer_;
  Server& backend_;
  RequestTarget first_;  // what its first call was about
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

void Connection::take() {
  auto& message = parser_->get();
  const RequestTarget target =
      parse_target(std::string_view(message.target().data(), message.target().size()));
  const std::optional<BackendCall> call = call_of(message.method());
  std::optional<BackendFault> fault;
  {
    const std::lock_guard lock(backend_.mutex);
    Case* of = backend_.case_at(target);
    if (of == nullptr || !call) {
      ++backend_.strangers;
      reply(404, "");
      return;
    }
    if (first_.name.empty()) {
      first_ = target;
      ++of->connections;
    }
    fault = of->store.strike(*call);
  }
  StoreRequest request{.call = *call,
                       .run = target.run,
                       .lock_id = target.lock_id,
                       .body = std::move(message.body()),
                       .arrived = backend_.now()};
  if (!fault || fault->kind != BackendFaultKind::kSlow) {
    carry_out(target, request, fault);
    return;
  }
  stream_.expires_never();
  timer_.expires_after(fault->delay);
  timer_.async_wait(
      [self = shared_from_this(), target, request = std::move(request), fault](error_code error) {
        if (!error) self->carry_out(target, request, fault);
      });
}

void Connection::carry_out(const RequestTarget& target, const StoreRequest& request,
                           const std::optional<BackendFault>& fault) {
  StoreReply answer;
  {
    const std::lock_guard lock(backend_.mutex);
    // A case may have ended while a slow call waited.
    Case* of = backend_.case_at(target);
    if (of == nullptr) return;
    answer = of->store.carry_out(request, fault, backend_.next_sequence++, backend_.now());
  }
  if (answer.replied) reply(answer.status, std::move(answer.body));
  // Otherwise nobody waits in a handler any more: the connection closes without an answer.
}

void Connection::reply(int status, std::string body) {
  response_ = {};
  response_.version(11);
  response_.result(static_cast<unsigned>(status));
  response_.set(http::field::content_type, "application/json");
  response_.keep_alive(parser_->get().keep_alive());
  response_.body() = std::move(body);
  response_.prepare_payload();
  stream_.expires_after(kIdle);
  http::async_write(stream_, response_, [self = shared_from_this()](error_code error, size_t) {
    if (!error && self->response_.keep_alive()) self->read();
  });
}

Result<void> Server::listen() {
  error_code error;
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), 0);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port = acceptor.local_endpoint(error).port();
  if (error) {
    return fail(
        fmt::format("start the state backend on 127.0.0.1: {}; are ports left?", error.message()));
  }
  return {};
}

void Server::accept() {
  acceptor.async_accept([this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      std::make_shared<Connection>(std::move(socket), *this)->read();
    }
    accept();
  });
}

void Server::serve() {
  // Signals are for the threads of the program.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  accept();
  io.run();
}

}  // namespace

struct StateBackend::Impl : Server {};

StateBackend::StateBackend(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<StateBackend>> StateBackend::start() {
  auto impl = std::make_unique<Impl>();
  TRY_VOID(impl->listen());
  impl->thread = std::thread([backend = impl.get()] { backend->serve(); });
  return std::unique_ptr<StateBackend>(new StateBackend(std::move(impl)));
}

StateBackend::~StateBackend() {
  impl_->io.stop();
  impl_->thread.join();
}

uint16_t StateBackend::port() const { return impl_->port; }

void StateBackend::open(const std::string& name) {
  const std::lock_guard lock(impl_->mutex);
  impl_->cases[name] = Case();
}

void StateBackend::close(const std::string& name) {
  const std::lock_guard lock(impl_->mutex);
  impl_->cases.erase(name);
}

std::map<std::string, std::string> StateBackend::environment(const std::string& name,
                                                             const std::string& run,
                                                             int retries) const {
  const std::lock_guard lock(impl_->mutex);
  const std::string address =
      fmt::format("http://127.0.0.1:{}/{}/{}/{}", port(), name, impl_->existing(name).token, run);
  return {
      {"TF_HTTP_ADDRESS", address},        {"TF_HTTP_LOCK_ADDRESS", address},
      {"TF_HTTP_UNLOCK_ADDRESS", address}, {"TF_HTTP_RETRY_MAX", std::to_string(retries)},
      {"TF_HTTP_RETRY_WAIT_MIN", "0"},     {"TF_HTTP_RETRY_WAIT_MAX", "0"},
  };
}

void StateBackend::inject(const std::string& name, const BackendFault& fault) {
  const std::lock_guard lock(impl_->mutex);
  impl_->existing(name).store.inject(fault);
}

void StateBackend::withdraw_faults(const std::string& name) {
  const std::lock_guard lock(impl_->mutex);
  impl_->existing(name).store.withdraw_faults();
}

std::vector<BackendRecord> StateBackend::log(const std::string& name) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->existing(name).store.log();
}

std::string StateBackend::state(const std::string& name) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->existing(name).store.state();
}

void StateBackend::set_state(const std::string& name, std::string text) {
  const std::lock_guard lock(impl_->mutex);
  impl_->existing(name).store.set_state(std::move(text));
}

std::string StateBackend::holder(const std::string& name) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->existing(name).store.holder();
}

void StateBackend::wait_until_quiet(const std::string& name) const {
  std::unique_lock lock(impl_->mutex);
  impl_->is_quieter.wait(lock, [&] { return impl_->existing(name).connections == 0; });
}

size_t StateBackend::connections() const { return impl_->connections; }

uint64_t StateBackend::strangers() const { return impl_->strangers; }

}  // namespace squall::terraform
