// What measurements of the daemon share: a cloud that is served in this process, and one life of
// squall-agent after the other on one data folder and one store.
//
// One thread starts and ends lives; whatever else is called from others says so.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/client/api_client.h"
#include "agent/postgres/postgres_server.h"
#include "cloud/cloud.h"
#include "engines/agent/agent_process.h"
#include "engines/processes/guardian.h"
#include "engines/processes/work_area.h"
#include "provider/cloud_server/cloud_server.h"
#include "provider/shared_cloud.h"

namespace squall::measure {

struct RigOptions {
  std::string store = "sqlite";  // or "postgresql": a server of its own is started
  bool postgres_syncs = true;
  std::vector<std::string> plants = {};  // of squall-agent-planted, which is started then
  std::string engine_settings = {};      // lines of TOML for [engine]
  // CloudServer::Options::on_call's news, in the threads of the cloud.
  std::function<void(CallStage)> on_call = nullptr;
};

class Rig {
 public:
  // `squall` and `squall-agent` must be beside this program.
  static Result<std::unique_ptr<Rig>> open(RigOptions options);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // Starts the next life; it answers nobody yet. REQUIRES: none goes on.
  Result<void> begin_life();
  // Returns once it answers requests, or has ended.
  Result<void> get_ready();
  // Has it ended? Reads what it has logged, so somebody must ask now and then.
  bool ended();
  // An error where it has ended by itself.
  Result<void> end_life();

  // SIGKILL to agent and provider. From any thread, at any time.
  void kill();
  // A connection to the life that goes on; null: none answers. From any thread.
  std::unique_ptr<agent::ApiClient> connect();

  SharedCloud& cloud() { return *shared_; }
  pid_t agent_pid() const { return agent_pid_; }
  std::string data_folder() const { return directory_ + "/data"; }
  // What the store takes: its files, or what PostgreSQL says of the database.
  Result<uint64_t> store_bytes() const;

 private:
  explicit Rig(RigOptions options);
  Result<void> set_up();
  Result<void> write_settings(const std::string& socket) const;

  const RigOptions options_;
  // Declared first, goes last: the guardian outlives every process, the area every folder.
  std::optional<processes::WorkArea> area_;
  std::optional<processes::Guardian> guardian_;
  std::unique_ptr<agent::PostgresServer> postgres_;
  std::string database_;
  cloud::Cloud cloud_;
  std::unique_ptr<SharedCloud> shared_;
  std::unique_ptr<CloudServer> server_;
  std::string directory_;
  std::string binary_;
  std::string provider_;
  uint64_t life_ = 0;
  pid_t agent_pid_ = 0;
  std::mutex mutex_;  // the two below change under it
  std::shared_ptr<engines::AgentProcess> process_;
  bool open_ = false;  // it answers
};

}  // namespace squall::measure
