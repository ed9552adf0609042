// What the daemon counts, for GET /metrics in the text format of Prometheus. Used in the thread of
// the engine.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/time.h"
#include "documents/command.h"
#include "documents/provider_call.h"

namespace squall::agent {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One answer of the provider, and how long it took.
  void answered(CallKind kind, const ProviderReply& reply, Duration took);
  // One commit of the engine, and how long until it was durable.
  void committed(bool durable, Duration took);
  // One answer to a request: what was said.
  void replied(const CommandReply& reply);

  // What is only asked when somebody looks.
  struct Now {
    uint64_t calls_in_flight = 0;
    uint64_t provider_starts = 0;
    std::map<CommandState, uint64_t> commands = {};
    const std::map<std::string, uint64_t, std::less<>>* marks = nullptr;  // may be null
  };
  std::string text(const Now& now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::agent
