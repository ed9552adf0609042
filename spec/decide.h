// What an apply does with each resource (docs/rules.md §4): nothing, create, update or replace;
// those of the forma, and rows outside it that refer to what is replaced.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "documents/command.h"
#include "documents/document.h"
#include "spec/snapshot.h"

namespace squall::spec {

enum class Fate { kNothing, kCreate, kUpdate, kReplace };

// A resource of the forma, or a row outside of it that may have to follow a replacement.
struct Subject {
  ResourceIdentity identity;
  InternedText target;
  Document desired;  // with references; of a row outside the forma, its `declared`
  bool is_cascade = false;
};

struct Decision {
  Fate fate = Fate::kNothing;
  Document declared;               // what the row's becomes
  std::optional<Document> values;  // the same; nullopt: something is unknown
  Document asked;                  // the desired document: with what a patch implies
  Document desired;                // what is sent, with references; {} where nothing is
  // kUpdate: what the cloud will hold, with references where that is not known.
  Document expected;
  std::optional<Json> name;  // kCreate, kReplace: the new object's `Name`, as far as it is known

  bool makes_anew() const { return fate == Fate::kCreate || fate == Fate::kReplace; }
  friend bool operator==(const Decision&, const Decision&) = default;
};

using Decisions = std::map<ResourceIdentity, Decision>;

// What becomes of `subject`, given what becomes of its producers; one that `others` does not hold
// stays as its row is.
Decision decide(const Subject& subject, const Snapshot& snapshot, Mode mode,
                const Decisions& others);

struct Decided {
  // The forma's resources, producers first, then rows outside it that follow a replacement.
  std::vector<Subject> subjects;
  Decisions decisions;  // one for each
};

// Decides on all the forma's resources and, where the request cascades, on the rows that refer to
// what is replaced; but for `deleted` ones, which go. Where references run in a circle (through
// rows outside the forma, since check 4 refuses others) it is decided again and again until nothing
// changes any more.
Decided decide_all(const Snapshot& snapshot, const CommandRequest& request,
                   const std::set<ResourceIdentity>& deleted);

}  // namespace squall::spec
