// The difference between what a resource is and what is wanted of it, as an RFC 6902 document that
// the cloud applies to its own state, and what it holds afterwards. docs/rules.md §2.
#pragma once

#include <string>
#include <vector>

#include "documents/command.h"
#include "documents/json.h"
#include "documents/schema.h"
#include "engine/plants.h"

namespace squall::engine {

struct Difference {
  JsonArray patch;  // applied to what the cloud holds, gives `after`
  JsonObject after;
  // Paths of CreateOnly fields that are on both sides and differ.
  std::vector<std::string> create_only;

  bool empty() const { return patch.empty(); }
};

// desired: resolved. A reference left in it stands for a value that is not known yet: it differs
// from everything, and never counts as a change of a CreateOnly field. values: what the row last
// asked for, resolved: where WriteOnly fields are compared with, which no read shows.
Difference difference(const Schema& schema, const JsonObject& actual, const JsonObject& values,
                      const JsonObject& desired, Mode mode, const PlantSet& plants = {});

// What a row declares once `desired` was applied to it, in normal form. A reconcile replaces what
// was declared `before`, a patch adds to it. For `declared` and for `values` alike. docs/rules.md
// §3.
Document declared_after(const Schema& schema, const JsonObject& before, const Document& desired,
                        Mode mode);

}  // namespace squall::engine
