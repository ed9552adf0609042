#include "agent/provider_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <deque>
#include <istream>
#include <optional>
#include <thread>
#include <utility>

#include "agent/child.h"
#include "agent/log.h"
#include "agent/work_queue.h"
#include "base/check.h"
#include "provider/plugin/handshake.h"
#include "provider/plugin/plugin_client.h"

namespace squall::agent {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestHandshake = 4096;
constexpr int kEndPatience_ms = 2000;

engine::ProviderAnnouncement announcement_of(const plugin::Description& described) {
  engine::ProviderAnnouncement out;
  out.schemas = described.schemas;
  out.rate_per_second = described.rate_per_second;
  out.versions = described.versions;
  out.consistency_window = described.consistency_window;
  return out;
}

bool same(const engine::ProviderAnnouncement& a, const engine::ProviderAnnouncement& b) {
  return a.schemas == b.schemas && a.rate_per_second == b.rate_per_second &&
         a.versions == b.versions && a.consistency_window == b.consistency_window;
}

// One process of it, from its start to its end.
struct Life {
  explicit Life(asio::io_context& io, Child started)
      : pid(started.pid),
        input(std::move(started.input)),
        output(io, started.output.release()),
        ended(io, started.ended.release()),
        too_slow(io) {}
  // Whatever became of the process, what it started may still hold the socket: the end of the input
  // tells it to end, and then nobody describes anything any more.
  ~Life() {
    input.close();
    if (describing.joinable()) describing.join();
  }
  // Its handlers hold it: without them it goes.
  void let_go() {
    error_code ignored;
    too_slow.cancel();
    output.close(ignored);
    ended.close(ignored);
  }

  pid_t pid;
  Descriptor input;
  asio::posix::stream_descriptor output;
  asio::posix::stream_descriptor ended;
  asio::steady_timer too_slow;
  std::optional<Clock::time_point> announced;
  asio::streambuf said{kLongestHandshake};
  std::shared_ptr<plugin::PluginClient> client;
  std::thread describing;
};

struct Outgoing {
  ProviderRequest request;
  Duration deadline{};
  std::function<void(ProviderReply)> done;
};

// One that was called while no provider was there, or died before its turn came.
struct Orphan {
  Outgoing call;
  Clock::time_point until;
};

}  // namespace

struct ProviderProcess::Impl : std::enable_shared_from_this<ProviderProcess::Impl> {
  Impl(asio::io_context& the_io, WorkQueue& the_queue, ProviderOptions the_options, Log& the_log)
      : io(the_io),
        queue(the_queue),
        options(std::move(the_options)),
        log(the_log),
        pause(io),
        patience(io) {}

  void start();
  void listen();
  void handshake_came(const error_code& error);
  void describe(const plugin::Handshake& handshake);
  void described(const std::shared_ptr<Life>& whose, Result<plugin::Description> description);
  void refuse(std::string_view why);
  void look_at_connection();
  void died();
  void drain();
  void end();
  void send(Outgoing call);
  void answer(const Outgoing& call, ProviderReply reply);
  void give_next();
  void keep(Outgoing call);
  void take_orphans();
  void watch_patience();
  void lose_patience();

  asio::io_context& io;
  WorkQueue& queue;
  const ProviderOptions options;
  Log& log;
  std::function<void()> on_announced;
  std::function<void(std::string why)> on_hopeless;

  std::shared_ptr<Life> life;
  bool running = false;  // the one that lives has announced itself
  uint64_t starts = 0;
  size_t sent = 0;  // calls without an answer yet
  std::deque<Outgoing> waiting;
  std::deque<Orphan> orphans;
  Duration next_pause = options.first_pause;
  asio::steady_timer pause;
  asio::steady_timer patience;  // until the first of the orphans has none
  std::optional<engine::ProviderAnnouncement> announced;
  std::string name;
};

void ProviderProcess::Impl::start() {
  Result<Child> child =
      start_child(options.command,
                  {fmt::format("{}={}", plugin::kProtocolsVariable, plugin::kProtocolVersion)});
  ++starts;
  if (!child) {
    log.error("provider-not-started", {{"reason", child.error().message}});
    if (starts == 1) return on_hopeless(child.error().message);
    pause.expires_after(options.longest_pause);
    pause.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->start();
    });
    return;
  }
  life = std::make_shared<Life>(io, *std::move(child));
  log.info("provider-started", {{"pid", int64_t{life->pid}}, {"start", starts}});
  listen();
}

void ProviderProcess::Impl::listen() {
  const std::shared_ptr<Life> whose = life;
  whose->ended.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this(), whose](const error_code& error) {
                            if (!error && self->life == whose) self->died();
                          });
  asio::async_read_until(
      whose->output, whose->said, '\n',
      [self = shared_from_this(), whose](const error_code& error, size_t /*bytes*/) {
        if (self->life == whose) self->handshake_came(error);
      });
  whose->too_slow.expires_after(options.start_deadline);
  whose->too_slow.async_wait([self = shared_from_this(), whose](const error_code& error) {
    const bool late = !error && self->life == whose && !self->running;
    if (late) self->refuse("it has not announced itself in time");
  });
}

void ProviderProcess::Impl::handshake_came(const error_code& error) {
  if (error == asio::error::not_found)
    return refuse("it writes something else than the line that says where it listens");
  // A provider that has ended says so by that; what it wrote before does not matter any more.
  if (error) return;
  std::istream lines(&life->said);
  std::string line;
  std::getline(lines, line);
  const Result<plugin::Handshake> handshake = plugin::parse_handshake(line);
  if (!handshake) return refuse(handshake.error().message);
  if (handshake->version != plugin::kProtocolVersion)
    return refuse(fmt::format("it speaks version {} of the protocol, and this agent version {}",
                              handshake->version, plugin::kProtocolVersion));
  describe(*handshake);
  drain();
}

// What else it writes to its standard output is of no interest, but must not fill the pipe.
void ProviderProcess::Impl::drain() {
  const std::shared_ptr<Life> whose = life;
  whose->said.consume(whose->said.size());
  asio::async_read(whose->output, whose->said, asio::transfer_at_least(1),
                   [self = shared_from_this(), whose](const error_code& error, size_t /*bytes*/) {
                     if (!error && self->life == whose) self->drain();
                   });
}

// In a thread of its own: the engine may be at work with what the last one announced.
void ProviderProcess::Impl::describe(const plugin::Handshake& handshake) {
  const std::shared_ptr<Life> whose = life;
  whose->client = std::make_shared<plugin::PluginClient>(handshake.socket);
  whose->describing = std::thread([self = shared_from_this(), weak = std::weak_ptr<Life>(whose),
                                   client = whose->client, deadline = options.start_deadline] {
    auto description = std::make_shared<Result<plugin::Description>>(client->describe(deadline));
    asio::post(self->io, [self, weak, description] {
      if (const auto alive = weak.lock()) self->described(alive, std::move(*description));
    });
  });
}

void ProviderProcess::Impl::described(const std::shared_ptr<Life>& whose,
                                      Result<plugin::Description> description) {
  if (life != whose) return;
  if (!description) return refuse(description.error().message);
  whose->too_slow.cancel();
  engine::ProviderAnnouncement announces = announcement_of(*description);
  running = true;
  whose->announced = Clock::now();
  name = description->name;
  log.info("provider-announced", {{"name", name}, {"types", announces.schemas.size()}});
  take_orphans();
  if (!announced) {
    announced = std::move(announces);
    return on_announced();
  }
  if (!same(*announced, announces))
    log.warning("provider-changed",
                {{"reason",
                  "it announces something else than the first one did; the agent goes "
                  "on with that until it is started again"}});
}

void ProviderProcess::Impl::refuse(std::string_view why) {
  log.error("provider-refused", {{"reason", why}});
  kill(life->pid, SIGKILL);
}

// One whose connection is lost has died, or is as good as dead: it breaks a little before the
// process has ended. Nothing is given to it any more.
void ProviderProcess::Impl::look_at_connection() {
  if (!running || life->client->is_connected()) return;
  log.warning("provider-lost", {{"pid", int64_t{life->pid}}});
  running = false;
  kill(life->pid, SIGKILL);
}

void ProviderProcess::Impl::died() {
  const std::shared_ptr<Life> dead = std::exchange(life, nullptr);
  const std::string how = reap(dead->pid);
  log.warning("provider-died", {{"pid", int64_t{dead->pid}}, {"how", how}});
  dead->let_go();
  running = false;
  // One that dies as soon as it has announced itself is no better than one that never does.
  if (dead->announced && Clock::now() - *dead->announced >= options.longest_pause)
    next_pause = options.first_pause;
  pause.expires_after(next_pause);
  next_pause = std::min(next_pause * 2, options.longest_pause);
  pause.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->start();
  });
}

void ProviderProcess::Impl::end() {
  pause.cancel();
  patience.cancel();
  if (!life) return;
  const std::shared_ptr<Life> last = std::exchange(life, nullptr);
  if (running) last->client->shut_down();
  last->input.close();
  pollfd watched{.fd = last->ended.native_handle(), .events = POLLIN, .revents = 0};
  // A signal ends the patience, too: somebody is in a hurry.
  if (!running || poll(&watched, 1, kEndPatience_ms) != 1) kill(last->pid, SIGKILL);
  reap(last->pid);
  running = false;
  // Handlers that the io_context still has hold the Life, and what follows would come amid its end.
  last->let_go();
  if (last->describing.joinable()) last->describing.join();
  last->client.reset();
}

void ProviderProcess::Impl::send(Outgoing call) {
  look_at_connection();
  if (!running) return keep(std::move(call));
  if (sent >= options.most_calls) {
    waiting.push_back(std::move(call));
    return;
  }
  ++sent;
  auto held = std::make_shared<Outgoing>(std::move(call));
  life->client->call(
      held->request, held->deadline, [self = shared_from_this(), held](ProviderReply reply) {
        auto said = std::make_shared<ProviderReply>(std::move(reply));
        self->queue.post([self, held, said] { self->answer(*held, std::move(*said)); });
      });
}

void ProviderProcess::Impl::answer(const Outgoing& call, ProviderReply reply) {
  --sent;
  if (reply.error == ErrorCode::kNetworkFailure) look_at_connection();
  call.done(std::move(reply));
  give_next();
}

void ProviderProcess::Impl::give_next() {
  if (waiting.empty() || sent >= options.most_calls) return;
  Outgoing next = std::move(waiting.front());
  waiting.pop_front();
  send(std::move(next));
}

void ProviderProcess::Impl::keep(Outgoing call) {
  const Clock::time_point until = Clock::now() + call.deadline;
  orphans.push_back({.call = std::move(call), .until = until});
  watch_patience();
}

void ProviderProcess::Impl::watch_patience() {
  const auto first = std::ranges::min_element(orphans, {}, &Orphan::until);
  if (first == orphans.end()) return;
  patience.expires_at(first->until);
  patience.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->lose_patience();
  });
}

void ProviderProcess::Impl::lose_patience() {
  const Clock::time_point time = Clock::now();
  for (Orphan& each : std::exchange(orphans, {})) {
    if (each.until > time) {
      orphans.push_back(std::move(each));
      continue;
    }
    auto held = std::make_shared<Outgoing>(std::move(each.call));
    queue.post([held] {
      held->done(ProviderReply::failure(ErrorCode::kNetworkFailure, "no provider is running"));
    });
  }
  watch_patience();
}

void ProviderProcess::Impl::take_orphans() {
  patience.cancel();
  const Clock::time_point time = Clock::now();
  for (Orphan& each : std::exchange(orphans, {})) {
    each.call.deadline =
        std::max(Duration(1), std::chrono::duration_cast<Duration>(each.until - time));
    send(std::move(each.call));
  }
  while (!waiting.empty() && sent < options.most_calls) give_next();
}

ProviderProcess::ProviderProcess(asio::io_context& io, WorkQueue& queue, ProviderOptions options,
                                 Log& log)
    : impl_(std::make_shared<Impl>(io, queue, std::move(options), log)) {}

ProviderProcess::~ProviderProcess() { impl_->end(); }

void ProviderProcess::start(std::function<void()> on_announced,
                            std::function<void(std::string why)> on_hopeless) {
  impl_->on_announced = std::move(on_announced);
  impl_->on_hopeless = std::move(on_hopeless);
  impl_->start();
}

const engine::ProviderAnnouncement& ProviderProcess::announcement() const {
  SQUALL_CHECK(impl_->announced.has_value());
  return *impl_->announced;
}

void ProviderProcess::call(ProviderRequest request, Duration deadline,
                           std::function<void(ProviderReply)> done) {
  impl_->send({std::move(request), deadline, std::move(done)});
}

PluginView ProviderProcess::view() const {
  const Impl& self = *impl_;
  PluginView out;
  out.name = self.name;
  out.state = self.running ? "running" : self.life != nullptr ? "starting" : "down";
  out.pid = self.life == nullptr ? 0 : self.life->pid;
  out.starts = self.starts;
  if (self.announced) out.schemas = self.announced->schemas;
  return out;
}

}  // namespace squall::agent
