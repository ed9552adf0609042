// The graph over the updates of one running command: who may start, and who never will. Pure
// bookkeeping; the executor acts on what it says.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/state.h"

namespace squall::engine {

class Changeset {
 public:
  // Takes up the command where it stands: at its admission, or after a restart.
  // forget_failures: a plant.
  Changeset(const CommandEntry& command, bool forget_failures);

  struct Doomed {
    uint32_t position = 0;
    uint32_t because_of = 0;  // the update that failed first
  };

  // The updates that may start now; each is given out once.
  std::vector<uint32_t> take_ready();
  // Those that failures before a restart have doomed, but that do not say so yet.
  std::vector<Doomed> take_doomed();

  // The provider carried the update out; its outcome is not committed yet. Gives the updates that
  // have now nothing else to wait for than commits.
  std::vector<uint32_t> carried_out(uint32_t position);
  // The outcome is committed.
  void succeeded(uint32_t position);
  // The same; gives everything downstream, none of which has started.
  std::vector<Doomed> failed(uint32_t position);

 private:
  enum class Stage { kWaiting, kStarted, kEnded };
  struct Node {
    Stage stage = Stage::kWaiting;
    std::vector<uint32_t> dependents;
    uint32_t waits_for = 0;  // outcomes
    uint32_t waits_for_calls = 0;
  };

  void doom(uint32_t position, uint32_t because_of, std::vector<Doomed>& out);

  std::vector<Node> nodes_;
  std::vector<uint32_t> ready_;
  std::vector<Doomed> doomed_;
};

}  // namespace squall::engine
