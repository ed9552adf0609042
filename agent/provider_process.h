// The provider: started, watched, started again when it dies, with a growing pause; and the
// engine's calls to it. When it dies, those that it was given are answered NetworkFailure; others
// wait for the next one as long as their deadlines allow, and are answered NetworkFailure then.
//
// Everything is called, and calls back, in the thread that runs the io_context. The provider gets a
// pipe as its standard input and ends when that does, so that it never outlives this process.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/rest/api.h"
#include "documents/provider_call.h"
#include "engine/env.h"

namespace squall::agent {

class Log;
class WorkQueue;

struct ProviderOptions {
  std::vector<std::string> command;                      // program and arguments; PATH is searched
  Duration start_deadline = std::chrono::seconds(20);    // until it has announced itself
  Duration first_pause = std::chrono::milliseconds(50);  // before it is started again; doubles
  Duration longest_pause = std::chrono::seconds(10);     // and one that lived longer is well again
  // Calls that the provider has at a time; the others wait, where they cost little, and their
  // deadlines with them. Those that hang until their deadline keep the others waiting only where
  // they are so many.
  size_t most_calls = 1024;
};

class ProviderProcess {
 public:
  // Answers of calls come through the queue, which must outlive it.
  ProviderProcess(boost::asio::io_context& io, WorkQueue& queue, ProviderOptions options, Log& log);
  // Asks it to end, and kills it if it does not; at once if it has not announced itself. Calls that
  // are under way are never answered. REQUIRES: the io_context runs no handler any more.
  ~ProviderProcess();
  ProviderProcess(const ProviderProcess&) = delete;
  ProviderProcess& operator=(const ProviderProcess&) = delete;

  // Starts it. `on_announced` is called once, when the first one has announced itself;
  // `on_hopeless` instead, where the program cannot be started at all.
  void start(std::function<void()> on_announced, std::function<void(std::string why)> on_hopeless);

  // What the first one announced. A later one that announces something else is logged, and used as
  // if it had not. REQUIRES: it was announced.
  const engine::ProviderAnnouncement& announcement() const;

  // `done` is called once, not from within.
  void call(ProviderRequest request, Duration deadline, std::function<void(ProviderReply)> done);

  PluginView view() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace squall::agent
