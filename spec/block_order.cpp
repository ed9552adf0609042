#include "spec/block_order.h"

#include <algorithm>
#include <map>
#include <vector>

#include "spec/plan_and_apply.h"
#include "spec/resolve.h"

namespace squall::spec {

namespace {

using Identities = std::set<ResourceIdentity>;

class Order {
 public:
  Order(const Plan& plan, const Snapshot& snapshot, const CommandRequest& request,
        const Identities& unchanged, Reach reach)
      : snapshot_(snapshot),
        request_(request),
        unchanged_(unchanged),
        reach_(reach),
        blocks_(snapshot, request) {
    if (request.kind == CommandKind::kApply)
      for (const DeclaredResource& resource : request.forma.resources)
        declared_.emplace(resource.identity, producers(resource));
    take_steps(plan);
  }

  std::set<UpdateKey> waits_of(const PlannedUpdate& update) const;
  // Of the delete of what was created anew before it: its successor, and all that is made of what
  // depends on that. What fails of those leaves the old object, whose turn does not come.
  std::set<UpdateKey> successors_of(const PlannedUpdate& update) const;
  // Deletes of what creates before it destroys, or had to: whether they come before what is made of
  // what they depended on, or after, nobody says.
  const std::set<UpdateKey>& any_time() const { return any_time_; }

 private:
  std::vector<ResourceIdentity> producers(const DeclaredResource& resource) const {
    return reach_ == Reach::kAll ? producers_of(request_.forma, resource)
                                 : referred_to(request_.forma, resource);
  }
  Identities created_first() const;
  void take_steps(const Plan& plan);
  Identities dependencies(const ResourceIdentity& identity) const;
  // Those named, and beyond what is unchanged also theirs.
  void collect_producers(const std::vector<ResourceIdentity>& named, Identities& out) const;

  const Snapshot& snapshot_;
  const CommandRequest& request_;
  const Identities& unchanged_;
  const Reach reach_;
  const Blocks blocks_;
  std::map<ResourceIdentity, std::vector<ResourceIdentity>> declared_;  // and its producers
  std::map<ResourceIdentity, UpdateKey> made_;
  std::map<ResourceIdentity, UpdateKey> deleted_;
  std::map<ResourceIdentity, std::set<UpdateKey>> dependents_deleted_;
  std::set<UpdateKey> come_last_;
  std::set<UpdateKey> any_time_;
};

void Order::collect_producers(const std::vector<ResourceIdentity>& named, Identities& out) const {
  for (const ResourceIdentity& producer : named) {
    if (!out.insert(producer).second) continue;
    if (unchanged_.contains(producer)) collect_producers(declared_.at(producer), out);
  }
}

// All that the state and the configuration say it depends on, directly or not: a refresh takes the
// one into the other.
Identities Order::dependencies(const ResourceIdentity& identity) const {
  Identities out;
  std::vector<ResourceIdentity> todo = {identity};
  const auto follow = [&](const auto& producers) {
    for (const ResourceIdentity& producer : producers)
      if (out.insert(producer).second) todo.push_back(producer);
  };
  while (!todo.empty()) {
    const ResourceIdentity next = todo.back();
    todo.pop_back();
    if (const auto declared = declared_.find(next); declared != declared_.end())
      follow(declared->second);
    const BelievedRow* row = find_row(snapshot_.rows, next);
    if (row == nullptr) continue;
    for (const ResourceIdentity& block : row->depends_on) follow(blocks_.in(block, *row, reach_));
  }
  return out;
}

// By the state, or by the configuration.
Identities Order::created_first() const {
  Identities out;
  const auto add = [&](const ResourceIdentity& identity) {
    out.insert(identity);
    out.merge(dependencies(identity));
  };
  for (const auto& [identity, row] : snapshot_.rows)
    if (row.placement.create_before_destroy) add(identity);
  for (const DeclaredResource& resource : request_.forma.resources)
    if (resource.placement.create_before_destroy) add(resource.identity);
  return out;
}

void Order::take_steps(const Plan& plan) {
  const Identities first = created_first();
  for (const PlannedUpdate& update : plan.updates) {
    if (update.operation != UpdateOperation::kDelete) {
      made_.emplace(update.identity, update.key());
      continue;
    }
    deleted_.emplace(update.identity, update.key());
    if (update.placement.create_before_destroy && update.is_half_of_replace)
      come_last_.insert(update.key());
    if (first.contains(update.identity) && !update.is_half_of_replace)
      any_time_.insert(update.key());
    for (const ResourceIdentity& producer : dependencies(update.identity))
      dependents_deleted_[producer].insert(update.key());
  }
}

// A delete that comes after its object's successor is made, only the deletes of others wait for; it
// waits for that successor.
std::set<UpdateKey> Order::waits_of(const PlannedUpdate& update) const {
  std::set<UpdateKey> waits;
  const auto dependents = dependents_deleted_.find(update.identity);
  if (dependents != dependents_deleted_.end()) waits = dependents->second;
  if (update.operation != UpdateOperation::kDelete) {
    for (const ResourceIdentity& gone : dependencies(update.identity))
      if (const auto found = deleted_.find(gone); found != deleted_.end())
        waits.insert(found->second);
    if (update.is_half_of_replace) waits.insert({update.identity, UpdateOperation::kDelete});
    std::erase_if(waits, [&](const UpdateKey& each) {
      return come_last_.contains(each) ||
             (reach_ == Reach::kReferredTo && any_time_.contains(each));
    });
    Identities producers;
    collect_producers(declared_.at(update.identity), producers);
    for (const ResourceIdentity& producer : producers)
      if (const auto found = made_.find(producer); found != made_.end())
        waits.insert(found->second);
  }
  if (come_last_.contains(update.key())) waits.insert(made_.at(update.identity));
  waits.erase(update.key());
  return waits;
}

std::set<UpdateKey> Order::successors_of(const PlannedUpdate& update) const {
  std::set<UpdateKey> out;
  if (!come_last_.contains(update.key())) return out;
  for (const auto& [identity, made] : made_)
    if (identity == update.identity || dependencies(identity).contains(update.identity))
      out.insert(made);
  return out;
}

// By way of others. A state may say of two that each depends on the other: what they did, and what
// they are to depend on (docs/findings/terraform.md #7).
bool waits_for_itself(const Plan& plan, const PlannedUpdate& update) {
  std::set<UpdateKey> seen;
  std::vector<UpdateKey> todo = update.waits_for;
  while (!todo.empty()) {
    const UpdateKey next = todo.back();
    todo.pop_back();
    if (next == update.key()) return true;
    if (!seen.insert(next).second) continue;
    const auto found = std::ranges::find(plan.updates, next, &PlannedUpdate::key);
    if (found != plan.updates.end())
      todo.insert(todo.end(), found->waits_for.begin(), found->waits_for.end());
  }
  return false;
}

// Its state says so: it depended on something that now stands in one block with it.
bool depends_on_its_block(const Snapshot& snapshot, const PlannedUpdate& update) {
  const BelievedRow* row = find_row(snapshot.rows, update.identity);
  return update.operation == UpdateOperation::kDelete && row != nullptr &&
         row->depends_on.contains(block_of(update.identity, update.placement));
}

}  // namespace

Blocks::Blocks(const Snapshot& snapshot, const CommandRequest& request) {
  Identities declared;
  if (request.kind == CommandKind::kApply) {
    for (const DeclaredResource& resource : request.forma.resources) {
      declared.insert(resource.identity);
      blocks_[block_of(resource.identity, resource.placement)].insert(resource.identity);
    }
  }
  for (const auto& [identity, row] : snapshot.rows)
    if (!declared.contains(identity)) blocks_[block_of(identity, row.placement)].insert(identity);
}

Identities Blocks::in(const ResourceIdentity& block, const BelievedRow& of, Reach reach) const {
  const auto found = blocks_.find(block);
  if (found == blocks_.end() || found->second.contains(block)) return {block};
  if (reach == Reach::kAll) return found->second;
  Identities out;
  for (const ResourceIdentity& producer : producers_in(of.declared))
    if (found->second.contains(producer)) out.insert(producer);
  return out;
}

void put_in_order(Plan& plan, const Snapshot& snapshot, const CommandRequest& request,
                  const Identities& unchanged) {
  const Order referred_to(plan, snapshot, request, unchanged, Reach::kReferredTo);
  const Order all(plan, snapshot, request, unchanged, Reach::kAll);
  std::map<UpdateKey, std::set<UpdateKey>> others;
  for (PlannedUpdate& update : plan.updates) {
    const std::set<UpdateKey> waits = referred_to.waits_of(update);
    update.waits_for.assign(waits.begin(), waits.end());
    for (const UpdateKey& first : all.successors_of(update))
      if (!waits.contains(first)) others[update.key()].insert(first);
    for (const UpdateKey& first : all.waits_of(update)) {
      if (waits.contains(first)) continue;
      others[update.key()].insert(first);
      if (all.any_time().contains(first)) others[first].insert(update.key());
    }
  }
  for (PlannedUpdate& update : plan.updates) {
    const std::set<UpdateKey>& each = others[update.key()];
    update.may_wait_for.assign(each.begin(), each.end());
  }
  for (const PlannedUpdate& update : plan.updates)
    if (waits_for_itself(plan, update) || depends_on_its_block(snapshot, update))
      plan.circular.insert(update.key());
}

}  // namespace squall::spec
