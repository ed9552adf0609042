// A complete engine behind EngineUnderTest, small enough to read in one go: what an adapter needs,
// without the engine that it usually hides. It calls the cloud directly and carries a request out
// while start() runs, so nothing is ever under way.
//
// It manages Test::Generic::Resource by Name and Value. What else it lacks its traits say, and
// docs/writing-an-adapter.md.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/cloud.h"
#include "engine_under_test/engine_under_test.h"

namespace squall::examples {

// One line of the engine, broken on purpose.
enum class Broken {
  kNothing,
  kForgetsDeletes,               // an object is deleted and its row stays
  kCreatesTwiceAfterALostReply,  // a create is repeated with a new token
  kRetriesWhatIsFinal,           // an error that ends an update is met with another call
};

class TinyEngine final : public EngineUnderTest {
 public:
  // cloud outlives it.
  explicit TinyEngine(cloud::Cloud& cloud, Broken broken = Broken::kNothing);

  const Traits& traits() const override { return traits_; }
  Result<void> reset(const EngineSetup& setup) override;

  Ticket start(const CommandRequest& request) override;
  Poll poll(Ticket ticket) override { return replies_.at(ticket); }
  std::optional<CommandView> status(const std::string& command_id) override;
  std::vector<CommandView> commands() override;
  std::vector<InventoryRow> inventory() override;
  std::vector<std::string> stacks() override;

  Waited run_until(const std::function<bool()>& condition, Duration deadline) override;
  Instant now() const override { return now_; }
  void pass_time(Duration duration) override { now_ += duration; }

  // It cannot crash, and has no disk.
  bool alive() const override { return true; }
  void arm_crash(const CrashPoint&) override {}
  void disarm_crashes() override {}
  void set_disk_full(bool) override {}
  void kill() override {}
  Result<void> restart() override { return fail("the tiny engine cannot be restarted"); }

  // No marks, one call at a time, no trace.
  std::vector<std::pair<std::string, uint64_t>> marks() const override { return {}; }
  uint64_t peak_calls_in_flight() const override { return 1; }
  uint64_t trace_hash() const override { return 0; }

 private:
  CommandReply answer(const CommandRequest& request);
  std::vector<ResourceUpdateView> plan(const CommandRequest& request);
  void carry_out(const CommandRequest& request, CommandView& command);
  ProviderReply create(const CommandView& command, const DeclaredResource& wanted,
                       ResourceUpdateView& update);
  ProviderReply change(const CommandView& command, const DeclaredResource& wanted,
                       ResourceUpdateView& update);
  ProviderReply remove(const CommandView& command, ResourceUpdateView& update);
  ProviderReply look(const CommandView& command, const ResourceIdentity& identity);
  ProviderRequest request_for(const CommandView& command, const ResourceIdentity& identity,
                              CallKind kind) const;
  ProviderReply call(const ProviderRequest& request);
  bool tries_again(const ProviderReply& reply, int attempts) const;
  void keep(const DeclaredResource& wanted, const ResourceUpdateView& update,
            const ProviderReply& shown);
  Ksuid new_id();

  cloud::Cloud& cloud_;
  const Broken broken_;
  const Traits traits_;
  Instant now_;
  uint64_t seed_ = 0;
  uint64_t ids_ = 0;
  std::map<ResourceIdentity, InventoryRow> rows_;
  std::map<std::string, CommandView> commands_;
  std::map<std::string, std::string> commands_by_key_;
  std::vector<CommandReply> replies_;  // a ticket is an index of these
};

}  // namespace squall::examples
