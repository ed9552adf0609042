// What the cloud's log says about one update: the calls made for it, in order, boiled down to what
// the engine can have known when it claimed an outcome. docs/rules.md §7.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cloud/operation_log.h"
#include "documents/command.h"
#include "suite/log_index.h"

namespace squall::suite {

// A mutation that is carried out asynchronously: its Status calls answer for it. An engine that
// died goes on polling the one whose request id it had committed, also after it had repeated the
// call.
struct AsynchronousMutation {
  const cloud::Call* call = nullptr;
  bool found_open = false;                      // was something open before?
  const cloud::Call* open_before = nullptr;     // the call that had left it so, if any
  const cloud::Call* committed_look = nullptr;  // as below, when it was sent
};

struct UpdateEvidence {
  std::vector<AsynchronousMutation> asynchronous;  // those of which that was heard, in order
  // The last Read or Settle that told something, and what it told: an object, or that there is
  // none. A NotFound that was asked about once more has told nothing: reads before an update try
  // again.
  const cloud::Call* last_look = nullptr;
  bool looked_and_gone = false;
  // The first of them: what an identity that was unsettled before this update was settled by.
  const cloud::Call* first_look = nullptr;
  // The last look since the engine last died.
  const cloud::Call* fresh_look = nullptr;
  // The last look before the last mutation: it was committed with that one's intent.
  const cloud::Call* committed_look = nullptr;
  // All that were committed so, each with the intent that followed it.
  std::vector<const cloud::Call*> committed_looks;
  // The last look before the mutation that succeeded: what that mutation started from.
  const cloud::Call* base_look = nullptr;
  // The mutation whose Success was heard, or the Status call that told of it.
  const cloud::Call* success = nullptr;
  const cloud::Call* last_mutation = nullptr;
  // A look after an update showed neither what it wanted nor what was there before.
  bool drifted_after_mutation = false;
  // An ambiguous answer to a mutation that nothing has told about since: the update, if it failed,
  // leaves its identity unsettled.
  bool open = false;
  const cloud::Call* open_call = nullptr;
  // The engine died with an intent committed. It cannot know then whether the call that was meant
  // had been made, so it takes that for possible.
  bool resumed = false;
};

// Which calls are asked about.
struct UpdateCalls {
  std::string command;
  InternedText name;  // of the resource
  UpdateOperation operation = UpdateOperation::kCreate;
  bool is_half_of_replace = false;
  uint64_t accepted_at = 0;        // the log's end when the command was accepted
  StateVersion known_version = 0;  // of its row when it began: what is older was a stale read
  // Of the crashes, the first after which the update was seen to be InProgress: its intent had been
  // committed by then, and with it what the engine had looked at (docs/rules.md §7). nullopt: none.
  std::optional<size_t> intent_since = {};
  // The engine took no NotFound for an answer: it ended, for all it knew, in a consistency window.
  bool doubts_not_found = false;
};

// Did a look that told something tell that there is no object?
bool found_nothing(const cloud::Call& look);

// `crashes`: log positions at which the engine died, ascending.
UpdateEvidence evidence_of(const LogIndex& log, const UpdateCalls& which,
                           std::span<const uint64_t> crashes);

}  // namespace squall::suite
