// The kinds of operation a case is made of. One file in suite/operations/ and one line in
// operation_types() each; copy sync.cpp to add one.
#pragma once

#include <span>
#include <string_view>

#include "documents/resource_type.h"
#include "property/choices.h"
#include "suite/case.h"
#include "suite/foreseen.h"
#include "suite/profile.h"

namespace squall::suite {

class CaseRun;  // suite/executor.h

// What a draw of an operation may look at.
struct DrawContext {
  property::Choices& choices;
  const Profile& profile;
  const World& world;
  const std::vector<ResourceType>& types;
  const Traits& traits;  // of the engine
  Foreseen foreseen = {};
};

struct OperationType {
  std::string_view name;
  std::string_view summary;  // one sentence for `squall list operations`
  uint32_t weight;           // how often it is drawn, against the others
  bool submits;              // it sends a request to the engine
  bool (*possible)(const Traits& traits, const Profile& profile);
  void (*draw)(DrawContext& context, Operation& operation);
  // Runs it. False: it made no sense here and was skipped.
  bool (*execute)(CaseRun& run, const Operation& operation);
};

std::span<const OperationType* const> operation_types();
const OperationType* find_operation_type(std::string_view name);

}  // namespace squall::suite
