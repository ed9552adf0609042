// The reference engine as the daemon that ships: a real process with a real store, provider,
// sockets and clock. Its cloud is in this process (provider/cloud_server), so that nothing of the
// truth goes when the daemon and its provider are killed.
//
//   AgentHost    what all workers of a run share: the programs, the folder they work in, the
//                PostgreSQL server where the store is one
//   AgentEngine  one worker: a cloud server, and a daemon that reset() starts anew on an empty
//   store
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cloud/cloud.h"
#include "engine_under_test/engine_under_test.h"

namespace squall::engines {

struct AgentOptions {
  std::string binary;  // a path or a name; empty: squall-agent beside this program, or
                       // on PATH; squall-agent-planted where there are plants
  std::vector<std::string> plants;
  std::string store = "sqlite";  // or "postgresql": a server of its own is started
};

class AgentHost {
 public:
  // Errors: there is no such program, it cannot be run, or PostgreSQL is not installed.
  static Result<std::shared_ptr<AgentHost>> open(const AgentOptions& options);
  ~AgentHost();
  AgentHost(const AgentHost&) = delete;
  AgentHost& operator=(const AgentHost&) = delete;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  explicit AgentHost(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One worker, and how the suite reaches its cloud.
struct AgentRig {
  std::unique_ptr<cloud::Controller> controller;
  std::unique_ptr<EngineUnderTest> engine;
};

// `cloud` must outlive the rig; from now on it is used through the controller only.
Result<AgentRig> make_agent_rig(std::shared_ptr<AgentHost> host, cloud::Cloud& cloud);

}  // namespace squall::engines
