// What the cloud's log says about one update: the calls made for it, in order, boiled down to what
// the engine can have known when it claimed an outcome. docs/rules.md §7.
#pragma once

#include <optional>
#include <span>

#include "cloud/operation_log.h"
#include "documents/command.h"
#include "suite/log_index.h"

namespace squall::suite {

struct UpdateEvidence {
  // The last Read or Settle that told something, and what it told: an object, or that there is
  // none. A NotFound that was asked about once more has told nothing: reads before an update try
  // again.
  const cloud::Call* last_look = nullptr;
  bool looked_and_gone = false;
  // The first of them: what an identity that was unsettled before this update was settled by.
  const cloud::Call* first_look = nullptr;
  // The last look since the engine last died.
  const cloud::Call* fresh_look = nullptr;
  // A look that the engine had no need to commit before it died: it may count or not. The looks
  // above know nothing of it.
  const cloud::Call* lost_look = nullptr;
  // The last look before the mutation that succeeded: what that mutation started from.
  const cloud::Call* base_look = nullptr;
  const cloud::Call* success =
      nullptr;  // the mutation whose Success was heard (or found by a look)
  const cloud::Call* last_mutation = nullptr;
  // An ambiguous answer to a mutation that nothing has told about since: the update, if it failed,
  // leaves its identity unsettled.
  bool open = false;
  const cloud::Call* open_call = nullptr;
  // The engine was restarted while the update ran. It cannot know then whether the call it had
  // committed an intent for was made, so it may call the identity unsettled although it is not.
  bool restarted = false;
};

// `crashes`: log positions at which the engine died, ascending.
// `accepted_at`: the log's end when the command was accepted.
// Did a look that told something tell that there is no object?
bool found_nothing(const cloud::Call& look);

UpdateEvidence evidence_of(const LogIndex& log, const std::string& command, const std::string& name,
                           std::span<const uint64_t> crashes, uint64_t accepted_at);

}  // namespace squall::suite
