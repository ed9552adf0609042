// Planning: what has to be done about each resource. Pure functions of the committed state and a
// request; nothing is changed and nothing is called. docs/rules.md §4.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "documents/command.h"
#include "engine/records.h"
#include "engine/schemas.h"
#include "engine/state.h"

namespace squall::engine {

enum class Action { kNothing, kCreate, kUpdate };

// One resource of an apply's forma, and what is to become of it.
struct PlannedResource {
  const DeclaredResource* declared = nullptr;
  const RowEntry* row = nullptr;      // nullptr: none yet
  std::vector<Reference> references;  // of its properties
  Action action = Action::kNothing;
  bool decided = false;
  JsonObject resolved;  // a reference that is left stands for a value not known yet
  JsonObject after;     // kUpdate: what the cloud holds afterwards, unknown values as references
  std::vector<std::string> create_only;   // CreateOnly fields that would have to change
  std::optional<ResourceRow> redeclared;  // kNothing: the row, where it declares something new
};

class ApplyPlanner {
 public:
  // All three must outlive the planner.
  ApplyPlanner(const State& state, const Schemas& schemas, const CommandRequest& request);

  // ReferencedResourcesNotFound: a producer is neither there nor to be, or is about to be deleted.
  std::optional<Rejection> check_references() const;
  // Decides about every resource, producers first. InvalidForma: a CreateOnly field differs.
  std::optional<Rejection> decide();
  // CyclesDetected: resources of the forma that refer to one another in a circle.
  std::optional<Rejection> check_cycles() const;

  const std::vector<PlannedResource>& resources() const { return resources_; }
  // Reconcile: the rows of named stacks that the forma does not list, by identity.
  const std::vector<const RowEntry*>& deletes() const { return deletes_; }

 private:
  void sort_producers_first();
  void decide(PlannedResource& resource);
  void resolve(PlannedResource& resource);
  std::optional<Json> value_of(const Reference& reference) const;

  const State& state_;
  const Schemas& schemas_;
  const CommandRequest& request_;
  std::vector<PlannedResource> resources_;
  std::map<ResourceIdentity, size_t> positions_;
  std::vector<size_t> order_;      // producers first
  std::vector<size_t> in_circle_;  // those that no such order exists for, and what is behind them
  std::vector<const RowEntry*> deletes_;
};

// The rows a destroy names, by identity.
std::vector<const RowEntry*> rows_to_destroy(const State& state, const Forma& forma);

// The rows outside `deletes` and outside the forma that refer, directly or through one another, to
// what is deleted; the direct ones first. docs/rules.md §4 "Cascade".
std::vector<const RowEntry*> dependents_of(const State& state, const Forma& forma,
                                           const std::vector<const RowEntry*>& deletes);

}  // namespace squall::engine
