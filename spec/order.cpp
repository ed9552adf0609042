#include "spec/order.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/normalise.h"
#include "spec/resolve.h"

namespace squall::spec {

namespace {

// By position in the plan: for which positions each update waits, in any order, some twice.
using Waits = std::vector<std::vector<size_t>>;
using EdgeKinds = std::set<EdgeKind>;
using Positions = std::map<ResourceIdentity, size_t>;

// The kind of the innermost hinted field that a reference stands in.
EdgeKind edge_kind(const Schema& schema, const std::string& path) {
  EdgeKind kind = EdgeKind::kDefault;
  for (const FieldHint* hint : hints_along(schema, path)) {
    if (hint->edge != EdgeKind::kDefault) kind = hint->edge;
  }
  return kind;
}

// A row that is deleted, and the kinds of fields it refers to each producer through.
struct DeletedRow {
  size_t position = 0;  // of its update
  const BelievedRow* row = nullptr;
  std::map<ResourceIdentity, EdgeKinds> producers;
};
using DeletedRows = std::map<ResourceIdentity, DeletedRow>;

DeletedRows deleted_rows(const Plan& plan, const Snapshot& snapshot) {
  DeletedRows out;
  for (size_t i = 0; i < plan.updates.size(); ++i) {
    const PlannedUpdate& update = plan.updates[i];
    if (update.operation != UpdateOperation::kDelete) continue;
    DeletedRow& deleted = out[update.identity];
    deleted.position = i;
    deleted.row = find_row(snapshot.rows, update.identity);
    SQUALL_CHECK(deleted.row != nullptr);
    const Schema* schema = find_schema(*snapshot.schemas, update.identity.type);
    SQUALL_CHECK(schema != nullptr);
    for (const auto& [path, reference] : references_of(*deleted.row)) {
      deleted.producers[reference.producer].insert(edge_kind(*schema, path));
    }
  }
  return out;
}

void add_waits_of_deletes(const DeletedRows& deleted, Waits& waits) {
  for (const auto& [consumer, deleted_row] : deleted) {
    for (const auto& [producer, kinds] : deleted_row.producers) {
      const auto producing = deleted.find(producer);
      if (producer == consumer || producing == deleted.end()) continue;
      if (kinds == EdgeKinds{EdgeKind::kAttachesTo}) {
        waits[deleted_row.position].push_back(producing->second.position);
      } else {
        waits[producing->second.position].push_back(deleted_row.position);
      }
      if (!kinds.contains(EdgeKind::kRuntimeDependency)) continue;
      for (const auto& [other, other_row] : deleted) {
        const auto found = other_row.producers.find(producer);
        if (other == consumer || other == producer || found == other_row.producers.end()) continue;
        if (found->second == EdgeKinds{EdgeKind::kRuntimeDependency}) continue;
        waits[other_row.position].push_back(deleted_row.position);
      }
    }
  }
}

// Of a create or an update, and of the deletes that wait for it.
void add_waits_of_change(const PlannedUpdate& update, const Snapshot& snapshot, Mode mode,
                         const Positions& changes, const DeletedRows& deleted, Waits& waits) {
  const size_t position = changes.at(update.identity);
  const auto wait_for = [&](const std::vector<ResourceIdentity>& producers) {
    for (const ResourceIdentity& producer : producers) {
      const auto found = changes.find(producer);
      if (found != changes.end() && found->second != position)
        waits[position].push_back(found->second);
    }
  };
  wait_for(update.references);
  if (update.is_half_of_replace) {
    // The old object, with what it referred to, is the delete half's.
    const DeletedRow& old = deleted.at(update.identity);
    waits[position].push_back(old.position);
    // What it settles as is declared by then.
    if (mode == Mode::kPatch && old.row->unsettled)
      wait_for(producers_in(old.row->unsettled->declared));
    return;
  }
  // What its row references until now may go only when this update has let go of it.
  const BelievedRow* row = find_row(snapshot.rows, update.identity);
  if (row == nullptr || (row->native_id.empty() && !row->unsettled)) return;  // holds nothing
  for (const ResourceIdentity& producer : producers_of(*row)) {
    const bool refers_still =
        std::binary_search(update.references.begin(), update.references.end(), producer);
    const auto producing = deleted.find(producer);
    if (!refers_still && producing != deleted.end()) {
      waits[producing->second.position].push_back(position);
    }
  }
}

// The name an object has in the cloud, as far as it is known; nullptr: none.
const Json* name_in_cloud(const BelievedRow& row) {
  const bool may_exist_unseen = row.native_id.empty() && row.unsettled;
  const JsonObject& document = may_exist_unseen ? row.unsettled->wanted : row.actual;
  const Json* name = document.if_contains("Name");
  return name == nullptr || name->is_null() ? nullptr : name;
}

void add_waits_for_names(const DeletedRows& deleted, const Positions& changes,
                         const std::map<ResourceIdentity, Json>& created_names, Waits& waits) {
  for (const auto& [created, name] : created_names) {
    for (const auto& [identity, deleted_row] : deleted) {
      const Json* freed = name_in_cloud(*deleted_row.row);
      if (identity.type != created.type || freed == nullptr || !same(*freed, name)) continue;
      waits[changes.at(created)].push_back(deleted_row.position);
    }
  }
}

// Does the update, by way of others, wait for itself?
bool is_on_a_circle(const Waits& waits, size_t position) {
  std::vector<bool> seen(waits.size(), false);
  std::vector<size_t> open = {position};
  while (!open.empty()) {
    const size_t who = open.back();
    open.pop_back();
    for (const size_t next : waits[who]) {
      if (next == position) return true;
      if (seen[next]) continue;
      seen[next] = true;
      open.push_back(next);
    }
  }
  return false;
}

}  // namespace

ProducersFirst producers_first(const std::vector<Referrer>& referrers) {
  std::map<ResourceIdentity, size_t> positions;
  for (size_t i = 0; i < referrers.size(); ++i) positions.emplace(referrers[i].identity, i);
  SQUALL_CHECK(positions.size() == referrers.size());

  std::vector<std::vector<size_t>> consumers(referrers.size());
  std::vector<size_t> open_producers(referrers.size(), 0);
  for (size_t i = 0; i < referrers.size(); ++i) {
    for (const ResourceIdentity& producer : referrers[i].references) {
      const auto found = positions.find(producer);
      if (found == positions.end()) continue;
      consumers[found->second].push_back(i);
      ++open_producers[i];
    }
  }
  std::set<size_t> ready;
  for (size_t i = 0; i < referrers.size(); ++i) {
    if (open_producers[i] == 0) ready.insert(i);
  }
  ProducersFirst out;
  while (!ready.empty()) {
    const size_t next = *ready.begin();
    ready.erase(ready.begin());
    out.order.push_back(next);
    for (const size_t consumer : consumers[next]) {
      if (--open_producers[consumer] == 0) ready.insert(consumer);
    }
  }
  for (size_t i = 0; i < referrers.size(); ++i) {
    if (open_producers[i] > 0) out.cyclic.push_back(i);
  }
  return out;
}

void add_waits(Plan& plan, const Snapshot& snapshot, Mode mode,
               const std::map<ResourceIdentity, Json>& created_names) {
  SQUALL_CHECK(snapshot.schemas != nullptr);
  const DeletedRows deleted = deleted_rows(plan, snapshot);
  Positions changes;  // the creates and updates
  for (size_t i = 0; i < plan.updates.size(); ++i) {
    const PlannedUpdate& update = plan.updates[i];
    if (update.operation == UpdateOperation::kDelete) continue;
    SQUALL_CHECK(changes.emplace(update.identity, i).second);
  }
  Waits waits(plan.updates.size());
  add_waits_of_deletes(deleted, waits);
  for (const PlannedUpdate& update : plan.updates) {
    if (update.operation == UpdateOperation::kDelete) continue;
    add_waits_of_change(update, snapshot, mode, changes, deleted, waits);
  }
  add_waits_for_names(deleted, changes, created_names, waits);
  for (size_t i = 0; i < plan.updates.size(); ++i) {
    if (waits[i].empty()) continue;
    std::vector<UpdateKey>& keys = plan.updates[i].waits_for;
    for (const size_t other : waits[i]) keys.push_back(plan.updates[other].key());
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    if (is_on_a_circle(waits, i)) plan.circular.insert(plan.updates[i].key());
  }
}

}  // namespace squall::spec
