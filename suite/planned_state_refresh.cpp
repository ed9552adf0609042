// The part of PlannedState that looks: what a refresh finds, before anything is planned.
#include <algorithm>

#include "documents/generic_types.h"
#include "spec/normalise.h"
#include "spec/plan_and_apply.h"
#include "spec/write_only.h"
#include "suite/kept.h"
#include "suite/planned_state.h"

namespace squall::suite {

using spec::BelievedRow;

// docs/terraform.md §5: an apply with targets reads those, and what they depend on; a destroy of
// some, those alone. nullopt: all is read.
std::optional<std::set<ResourceIdentity>> PlannedState::read_by(
    const CommandRequest& request) const {
  if (request.kind == CommandKind::kApply && !request.targeted.empty())
    return spec::scope_of(request);
  if (request.kind != CommandKind::kDestroy) return std::nullopt;
  std::set<ResourceIdentity> out;
  for (const DeclaredResource& resource : request.forma.resources)
    if (snapshot_.rows.contains(resource.identity)) out.insert(resource.identity);
  if (out.size() == snapshot_.rows.size()) return std::nullopt;
  return out;
}

void PlannedState::look_up(BelievedRow& row, const cloud::CloudObject& object) const {
  const Schema* schema = find_schema(schemas_, row.identity.type);
  // Absent and null are one.
  row.actual =
      spec::without_write_only(spec::without_nulls(fields_of(object.properties, *schema)), *schema);
  row.read_only = others_of(object.properties, *schema);
  row.version = object.version;
}

// It is not read any more. The engine will never know which object there is of it, if any.
void PlannedState::settle_for_good(const BelievedRow& row, const LogIndex& log) {
  BelievedRow settled = row;
  if (row.native_id.empty() && settle(settled, log)) left_behind_[row.identity] = settled.native_id;
}

void PlannedState::refresh_rows(const std::map<NativeId, const cloud::CloudObject*>& objects,
                                const LogIndex& log, const CommandRequest& request,
                                const std::optional<std::set<ResourceIdentity>>& only) {
  const std::set<ResourceIdentity> to_forget(request.forma.forgotten.begin(),
                                             request.forma.forgotten.end());
  for (auto row = snapshot_.rows.begin(); row != snapshot_.rows.end();) {
    if (to_forget.contains(row->first)) settle_for_good(row->second, log);
    if (to_forget.contains(row->first) || (only && !only->contains(row->first))) {
      ++row;
      continue;
    }
    const bool is_settled = settle(row->second, log);
    const auto found = objects.find(row->second.native_id);
    if (!is_settled || found == objects.end()) {
      row = snapshot_.rows.erase(row);
      continue;
    }
    look_up(row->second, *found->second);
    ++row;
  }
}

void PlannedState::take_imports(const std::map<NativeId, const cloud::CloudObject*>& objects,
                                const CommandRequest& request) {
  const std::set<ResourceIdentity> scope = spec::scope_of(request);
  for (const DeclaredResource& resource : request.forma.resources) {
    const auto found = objects.find(resource.import_id);
    const bool is_there = snapshot_.rows.contains(resource.identity);
    const bool is_imported = !resource.import_id.empty() && scope.contains(resource.identity);
    if (!is_imported || is_there || found == objects.end()) continue;
    BelievedRow row;
    row.identity = resource.identity;
    row.target = resource.target;
    row.native_id = resource.import_id;
    row.placement = resource.placement;
    look_up(row, *found->second);
    snapshot_.rows.emplace(resource.identity, std::move(row));
    imported_.insert(resource.identity);
  }
}

// What moves is looked for before anything is read: it does not matter whether it is there.
bool PlannedState::moves_what_is_gone(const CommandRequest& request) const {
  if (request.kind != CommandKind::kApply || request.saved_plan || request.targeted.empty())
    return false;
  return std::ranges::any_of(request.forma.resources, [&](const DeclaredResource& resource) {
    const auto before = before_refresh_->find(resource.identity);
    if (before == before_refresh_->end() || snapshot_.rows.contains(resource.identity) ||
        std::ranges::find(request.targeted, resource.identity) != request.targeted.end())
      return false;
    return !is_same_place(before->second.placement, resource.placement);
  });
}

bool PlannedState::is_up_to_date(const LogIndex& log) const {
  const auto is_known = [this](const auto& entry) {
    return known_.contains(entry.first) && !entry.second.native_id.empty();
  };
  return std::ranges::all_of(snapshot_.rows, is_known) && excuses(log).empty();
}

// Objects are told apart by their ids: somebody may have made another one of the same name.
void PlannedState::refresh(const cloud::CloudView& view, const LogIndex& log,
                           const CommandRequest& request) {
  if (before_refresh_) snapshot_.rows = *before_refresh_;  // that request never was answered
  before_refresh_ = snapshot_.rows;
  only_plans_ = request.simulate;
  declared_outputs_ = request.forma.outputs;
  about_ = read_by(request);
  // A destroy of some, and a sync, are about what the state holds. Where it holds nothing, nothing
  // is destroyed.
  keeps_outputs_ =
      (request.kind == CommandKind::kSync && !request.drops_outputs) ||
      (request.kind == CommandKind::kDestroy && (about_.has_value() || snapshot_.rows.empty()));
  has_targets_ = !request.targeted.empty();
  read_.clear();
  imported_.clear();
  left_behind_.clear();
  unheard_.clear();
  std::map<NativeId, const cloud::CloudObject*> objects;
  for (const cloud::CloudObject& object : view) objects[object.native_id] = &object;
  std::erase_if(forgotten_, [&](const auto& each) { return !objects.contains(each.second); });
  refresh_rows(objects, log, request, about_);
  moves_what_is_gone_ = moves_what_is_gone(request);
  take_imports(objects, request);
  if (!request.saved_plan) return;
  // The plan holds what was read for it.
  for (const auto& [identity, row] : *before_refresh_)
    if (!about_ || about_->contains(identity)) read_[identity.label].log_end = log.end();
}

}  // namespace squall::suite
