// One life of the daemon: its process, from its start to its end, and the connections to it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/client/api_client.h"
#include "base/result.h"
#include "engines/processes/guardian.h"
#include "engines/processes/process.h"

namespace squall::engines {

class AgentProcess {
 public:
  struct Options {
    std::string binary;
    std::vector<std::string> plants;
    std::string directory;    // it works here; its settings are in agent.toml
    Duration start_deadline;  // until it answers requests
    Duration request_timeout;
  };
  // Starts it. Errors: it cannot be.
  static Result<std::unique_ptr<AgentProcess>> start(const processes::Guardian& guardian,
                                                     const Options& options);
  ~AgentProcess();
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  // Returns once it answers requests, or has ended. Errors: neither in time.
  Result<void> get_ready();

  pid_t pid() const;

  // SIGKILL to it and to its provider. From any thread.
  void kill();
  // Sends its provider alone a signal; does nothing where it has none.
  void signal_provider(int signal);
  // Has it ended? Reads what it has written meanwhile. In the thread that started it only, as all
  // that follows.
  bool ended();
  // It was killed by this harness.
  bool was_killed() const;
  // How it ended, with the last lines of its log.
  std::string how_it_ended() const;

  // Answers requests. REQUIRES: get_ready() has said so; where it has ended since, errors.
  agent::ApiClient& api();
  // One more connection, for a thread of its own.
  std::unique_ptr<agent::ApiClient> connect() const;

  // What it has logged, for whoever looks for secrets.
  const std::string& log() const;

 private:
  struct Impl;
  explicit AgentProcess(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::engines
