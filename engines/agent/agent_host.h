// What all workers of a run of the agent share, for this folder alone.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "agent/postgres/postgres_server.h"
#include "base/time.h"
#include "engines/agent/agent_engine.h"
#include "engines/processes/guardian.h"
#include "engines/processes/work_area.h"

namespace squall::engines {

// Of a call of the provider. Where programs start slowly it is more.
inline constexpr Duration kCallDeadline = std::chrono::milliseconds(800);

// Declared first, goes last: the guardian outlives every process, the area every folder.
struct AgentHost::Impl {
  std::optional<processes::WorkArea> area;      // there from open() on,
  std::optional<processes::Guardian> guardian;  // as this
  AgentOptions options;
  std::string binary;
  std::string provider;                             // this program: `squall provider` is part of it
  std::unique_ptr<agent::PostgresServer> postgres;  // null: the store is SQLite
  std::mutex postgres_mutex;                        // its functions are for one thread
  std::atomic<uint64_t> directories = 0;            // made so far
  Duration call_deadline = kCallDeadline;           // what the daemons are told
};

}  // namespace squall::engines
