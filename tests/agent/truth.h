// What an agent says, held against the cloud's truth and against what it has said before, while
// nothing is under way.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/agent/load.h"
#include "tests/agent/rig.h"

namespace squall::measure {

struct TruthCounts {
  uint64_t commands = 0;
  std::map<CommandState, uint64_t> ends;
  std::map<UpdateState, uint64_t> updates;
  uint64_t rows = 0;
  uint64_t values = 0;     // compared with what commands have promised
  uint64_t unsettled = 0;  // rows that said so, and that a sync settled
  uint64_t keys_repeated = 0;
  std::string a_failure;  // what one of the updates that failed says
};

class Truth {
 public:
  Truth(Rig& rig, uint64_t seed) : rig_(rig), random_(seed) {}

  // Waits until every command is terminal, and judges. `news`: what was acknowledged since the last
  // time. What is wrong, in words; the error says that there was no answer.
  Result<std::vector<std::string>> judge(std::vector<Acknowledged> news);
  // Destroys everything, and judges that nothing is left.
  Result<std::vector<std::string>> judge_end();

  const TruthCounts& counts() const { return counts_; }

 private:
  struct Ended {
    Acknowledged command;
    CommandView view;
  };
  Result<void> wait_for_ends(std::vector<Acknowledged> news, std::vector<Ended>& ended);
  Result<void> settle();
  Result<void> repeat_keys(const std::vector<Ended>& news);
  Result<void> look_again_at_old();
  Result<void> compare_with_cloud();
  void fold(const std::vector<Ended>& news);
  void fold(const Ended& command, const ResourceUpdateView& update);
  Result<std::optional<CommandView>> wait_for(const std::string& id);
  agent::ApiClient& api();

  Rig& rig_;
  Random random_;
  std::unique_ptr<agent::ApiClient> api_;
  std::vector<std::string> wrong_;
  std::vector<Acknowledged> old_;
  std::map<std::string, CommandState> ends_;
  // By identity, what the last command about it has promised; nullopt: that it is gone. No entry:
  // nothing.
  std::map<ResourceIdentity, std::optional<Json>> promised_;
  TruthCounts counts_;
};

}  // namespace squall::measure
