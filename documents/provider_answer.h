// What a provider of ours told the engine it serves, once it had done with the cloud what it could.
// An engine that reaches the cloud through such a provider knows nothing else of it.
#pragma once

#include <cstdint>
#include <string>

#include "documents/command.h"

namespace squall {

struct ProviderAnswer {
  std::string caller;  // as in ProviderRequest
  std::string type;
  std::string label;  // empty: it is not known by its name yet, being imported
  UpdateOperation operation = UpdateOperation::kRead;  // kRead: the engine asked what is there
  bool failed = false;
  bool there = false;     // the engine was told to keep something in its state
  NativeId native_id;     // of that, or of what is imported; empty: not known
  bool delivered = true;  // false: the provider died before it could say so
  uint64_t log_end = 0;   // of the cloud's log, when it was given

  // No answer at all: the provider died. Nothing that was asked of it was answered afterwards.
  bool tells_of_death() const { return type.empty(); }
};

}  // namespace squall
