// Planning: what has to be done about each resource. Pure functions of the committed state and a
// request; nothing is changed and nothing is called. docs/rules.md §4.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "documents/command.h"
#include "engine/plants.h"
#include "engine/records.h"
#include "engine/schemas.h"
#include "engine/state.h"

namespace squall::engine {

enum class Action { kNothing, kCreate, kUpdate, kReplace };

// One resource that an apply is about, and what is to become of it: a resource of the forma, or a
// consumer outside it of something that is replaced.
struct PlannedResource {
  ResourceIdentity identity;
  // As in the forma, in a patch with what that leaves out; a cascade's: what the row declares.
  Document desired;
  Document said;  // the same without what a patch leaves out
  InternedText target;
  bool is_cascade = false;
  const RowEntry* row = nullptr;  // nullptr: none yet
  // Whom the document to be applied refers to; sorted, each once.
  std::vector<ResourceIdentity> producers;
  Action action = Action::kNothing;
  bool decided = false;
  Document resolved;  // a reference that is left stands for a value not known yet
  JsonObject after;   // kUpdate: what the cloud holds afterwards, unknown values as references
  std::optional<ResourceRow> redeclared;  // kNothing: the row, where it declares something new
};

class ApplyPlanner {
 public:
  // All of them must outlive the planner. vault: seals what references bring into Opaque fields;
  // nullptr where there are none.
  ApplyPlanner(const State& state, const Schemas& schemas, const PlantSet& plants,
               const CommandRequest& request, Env* vault = nullptr);

  // Decides about every resource, producers first. Comes before everything below.
  void decide();
  // ReferencedResourcesNotFound: a producer is neither there nor to be, or is about to be deleted.
  std::optional<Rejection> check_references() const;
  // CyclesDetected: resources of the forma that refer to one another in a circle.
  std::optional<Rejection> check_cycles() const;

  // The forma's, in its order; then the consumers of what is replaced, where they cascade.
  const std::vector<PlannedResource>& resources() const { return resources_; }
  // Reconcile: the rows of named stacks that the forma does not list, by identity.
  const std::vector<const RowEntry*>& deletes() const { return deletes_; }
  // Rows outside the forma that refer to what is deleted, directly or through one another. With
  // on-dependents=cascade they are deleted too.
  const std::vector<const RowEntry*>& dependents() const { return dependents_; }
  // Rows that refer to what is replaced, and that no cascade takes along.
  const std::vector<const RowEntry*>& consumers_left() const { return consumers_left_; }

 private:
  void add(const ResourceIdentity& identity, const Document& desired, const std::string& target,
           bool is_cascade);
  void sort_producers_first();
  void decide(PlannedResource& resource);
  bool rests_on_new_producer(const PlannedResource& resource, const Schema& schema) const;
  void plan_create(PlannedResource& resource, const Schema& schema, Action action);
  Document resolve(const Schema& schema, const Document& document) const;
  std::optional<Json> value_of(const Reference& reference) const;
  bool take_consumers_along();
  bool complete_patches();

  const State& state_;
  const Schemas& schemas_;
  const PlantSet& plants_;
  const CommandRequest& request_;
  Env* const vault_;
  std::vector<PlannedResource> resources_;
  std::map<ResourceIdentity, size_t> positions_;
  std::vector<size_t> order_;       // producers first
  std::vector<size_t> in_circle_;   // those that no such order exists for, and what is behind them
  std::optional<size_t> in_cycle_;  // one of the forma's that is in a circle of the forma's
  std::vector<const RowEntry*> deletes_;
  std::vector<const RowEntry*> dependents_;
  std::vector<const RowEntry*> consumers_left_;
  std::set<ResourceIdentity> deleted_;
};

// The rows a destroy names, by identity.
std::vector<const RowEntry*> rows_to_destroy(const State& state, const Forma& forma);

// The rows outside `deletes` and outside the forma that refer, directly or through one another, to
// what is deleted; the direct ones first. docs/rules.md §4 "Cascade".
std::vector<const RowEntry*> dependents_of(const State& state, const PlantSet& plants,
                                           const Forma& forma,
                                           const std::vector<const RowEntry*>& deletes);

}  // namespace squall::engine
