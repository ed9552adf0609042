#include "spec/order.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/check.h"
#include "spec/resolve.h"

namespace squall::spec {

namespace {

using Waits = std::map<ResourceIdentity, std::set<ResourceIdentity>>;  // who → for whom
using Operations = std::map<ResourceIdentity, UpdateOperation>;

// The name an object has in the cloud, as far as it is known; nullptr: none.
const Json* name_in_cloud(const BelievedRow& row) {
  const bool may_exist_unseen = row.native_id.empty() && row.unsettled;
  const JsonObject& document = may_exist_unseen ? row.unsettled->wanted : row.actual;
  const Json* name = document.if_contains("Name");
  return name == nullptr || name->is_null() ? nullptr : name;
}

bool waits_already(const Waits& waits, const ResourceIdentity& who,
                   const ResourceIdentity& for_whom) {
  std::set<ResourceIdentity> seen;
  std::vector<ResourceIdentity> open = {who};
  while (!open.empty()) {
    const ResourceIdentity next = std::move(open.back());
    open.pop_back();
    if (next == for_whom) return true;
    if (!seen.insert(next).second) continue;
    const auto found = waits.find(next);
    if (found != waits.end()) open.insert(open.end(), found->second.begin(), found->second.end());
  }
  return false;
}

bool is_planned(const Operations& operations, const ResourceIdentity& identity, bool as_delete) {
  const auto found = operations.find(identity);
  return found != operations.end() && (found->second == UpdateOperation::kDelete) == as_delete;
}

void add_reference_waits(const PlannedUpdate& update, const BelievedRows& rows,
                         const Operations& operations, Waits& waits) {
  const ResourceIdentity& self = update.identity;
  if (update.operation != UpdateOperation::kDelete) {
    for (const ResourceIdentity& producer : update.references) {
      if (is_planned(operations, producer, false)) waits[self].insert(producer);
    }
  }
  // What its row references until now may go only when this update is done: a delete of the row, or
  // an update that lets go of the reference.
  const BelievedRow* row = find_row(rows, self);
  if (row == nullptr) return;
  for (const ResourceIdentity& producer : producers_of(*row)) {
    if (producer != self && is_planned(operations, producer, true)) waits[producer].insert(self);
  }
}

// Last of all: a wait for a name is left out where the delete waits for the create itself (a row
// that moves from the old object to the new one), or neither would ever start.
void add_name_waits(const Plan& plan, const BelievedRows& rows,
                    const std::map<ResourceIdentity, Json>& created_names, Waits& waits) {
  if (created_names.empty()) return;
  std::multimap<std::pair<std::string, std::string>, ResourceIdentity> deleted;
  for (const PlannedUpdate& update : plan.updates) {
    if (update.operation != UpdateOperation::kDelete) continue;
    const BelievedRow* row = find_row(rows, update.identity);
    SQUALL_CHECK(row != nullptr);
    if (const Json* name = name_in_cloud(*row)) {
      deleted.emplace(std::pair(update.identity.type, canonical(*name)), update.identity);
    }
  }
  for (const auto& [created, name] : created_names) {
    const auto [first, last] = deleted.equal_range(std::pair(created.type, canonical(name)));
    for (auto it = first; it != last; ++it) {
      if (!waits_already(waits, it->second, created)) waits[created].insert(it->second);
    }
  }
}

}  // namespace

ProducersFirst producers_first(const std::vector<DeclaredResource>& resources) {
  std::map<ResourceIdentity, size_t> positions;
  for (size_t i = 0; i < resources.size(); ++i) positions.emplace(resources[i].identity, i);
  SQUALL_CHECK(positions.size() == resources.size());

  std::vector<std::vector<size_t>> consumers(resources.size());
  std::vector<size_t> open_producers(resources.size(), 0);
  for (size_t i = 0; i < resources.size(); ++i) {
    for (const ResourceIdentity& producer : producers_in(resources[i].properties)) {
      const auto found = positions.find(producer);
      if (found == positions.end()) continue;
      consumers[found->second].push_back(i);
      ++open_producers[i];
    }
  }
  std::set<size_t> ready;
  for (size_t i = 0; i < resources.size(); ++i) {
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
  for (size_t i = 0; i < resources.size(); ++i) {
    if (open_producers[i] > 0) out.cyclic.push_back(i);
  }
  return out;
}

void add_waits(Plan& plan, const BelievedRows& rows,
               const std::map<ResourceIdentity, Json>& created_names) {
  Operations operations;
  for (const PlannedUpdate& update : plan.updates) {
    operations.emplace(update.identity, update.operation);
  }
  SQUALL_CHECK(operations.size() == plan.updates.size());
  Waits waits;
  for (const PlannedUpdate& update : plan.updates) {
    add_reference_waits(update, rows, operations, waits);
  }
  add_name_waits(plan, rows, created_names, waits);
  for (PlannedUpdate& update : plan.updates) {
    const std::set<ResourceIdentity>& found = waits[update.identity];
    update.waits_for.assign(found.begin(), found.end());
  }
}

}  // namespace squall::spec
