#include "suite/planned_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/normalise.h"
#include "spec/plan_and_apply.h"
#include "spec/resolve.h"
#include "spec/write_only.h"
#include "suite/kept.h"

namespace squall::suite {

using spec::BelievedRow;

PlannedState::PlannedState(const std::vector<ResourceType>& types)
    : types_(types), schemas_(schemas_of(types)) {
  snapshot_.dialect = Dialect::kPlanAndApply;
  snapshot_.schemas = &schemas_;
}

namespace {

// It is made, and what comes after that fails.
bool is_provisioned_in_vain(const spec::PlannedUpdate& planned) {
  return planned.operation == UpdateOperation::kCreate && planned.placement.provisioning_fails;
}

// Does something that `who` demands of others not hold, now that they are there? What the plan told
// already was refused.
bool is_in_vain(const std::vector<Demand>& demands, const ResourceIdentity& who,
                const spec::BelievedRows& rows) {
  return std::ranges::any_of(demands, [&](const Demand& demand) {
    if (demand.label == who.label.text()) return false;
    return std::ranges::any_of(rows, [&](const auto& entry) {
      return entry.first.label == demand.label &&
             !same(spec::property_of(entry.second, demand.property), demand.value);
    });
  });
}

bool is_in_vain(const spec::DeclaredRewrite& stays, const spec::BelievedRows& rows) {
  return is_in_vain(stays.placement.demands, stays.identity, rows);
}

bool is_in_vain(const spec::PlannedUpdate& planned, const spec::BelievedRows& rows) {
  return planned.operation != UpdateOperation::kDelete &&
         is_in_vain(planned.placement.demands, planned.identity, rows);
}

// The object that the command made of that name last.
const cloud::Change* created_by(const LogIndex& log, const std::string& command,
                                const std::string& name) {
  const cloud::Change* out = nullptr;
  for (const cloud::CallId id : log.of_update(command, name))
    for (const cloud::Execution& execution : log.call(id).executions)
      if (execution.change.effect == cloud::Effect::kCreated) out = &execution.change;
  return out;
}

}  // namespace

// A row without an id is that of a create which nobody could settle: its token tells, now.
bool PlannedState::settle(BelievedRow& row, const LogIndex& log) {
  if (!row.native_id.empty()) return true;
  const auto command = unsettled_.find(row.identity);
  if (command == unsettled_.end()) return false;
  const cloud::Change* made = created_by(log, command->second, row.identity.label);
  if (made != nullptr) row.native_id = made->native_id;
  return made != nullptr;
}

void PlannedState::hear(const ProviderAnswer& answer) {
  caller_ = answer.caller;
  if (answer.tells_of_death()) {
    died_.insert(answer.caller);
  } else if (answer.operation == UpdateOperation::kRead) {
    read_[answer.label] = answer;
  } else {
    told_[{answer.caller, answer.operation, answer.label}] = answer;
  }
}

// docs/terraform.md §2: what cannot be refreshed is not planned for.
std::optional<spec::Refused> PlannedState::refused_by_provider(const CommandReply& reply) const {
  if (before_refresh_ && moves_what_is_gone_)
    return spec::Refused{RejectionType::kMovesOutsideTargets,
                         "something moves that is gone, and is no target"};
  for (const auto& [label, answer] : read_)
    if (answer.failed)
      return spec::Refused{RejectionType::kProviderFailed, label + " could not be read"};
  const auto* rejection = std::get_if<Rejection>(&reply);
  if (rejection != nullptr && rejection->type == RejectionType::kProviderFailed &&
      before_refresh_ && died_.contains(caller_))
    return spec::Refused{RejectionType::kProviderFailed, "the provider died"};
  return std::nullopt;
}

// What a run found that refused, or only planned, is forgotten with it; and a run reads only what
// it is about.
void PlannedState::answered(const CommandReply& reply) {
  if (!before_refresh_) return;
  const bool keeps = !only_plans_ && (std::holds_alternative<Accepted>(reply) ||
                                      std::holds_alternative<NothingToDo>(reply));
  for (auto& [identity, row] : *before_refresh_) {
    const auto read = read_.find(identity.label);
    if (!keeps || read == read_.end()) {
      snapshot_.rows[identity] = std::move(row);
      continue;
    }
    known_[identity] = {.until = read->second.log_end, .is_open = false};
    unsettled_.erase(identity);
  }
  for (const ResourceIdentity& identity : imported_) {
    if (!keeps) {
      snapshot_.rows.erase(identity);
      continue;
    }
    forgotten_.erase(identity);
    const auto read = read_.find(identity.label);
    if (read != read_.end()) known_[identity] = {.until = read->second.log_end, .is_open = false};
  }
  before_refresh_.reset();
}

// What a run that did not come to its end was to forget, it may have kept: its state tells.
void PlannedState::ended_early(const std::vector<InventoryRow>& inventory) {
  ended_early_ = true;
  for (const InventoryRow& row : inventory) {
    const auto heard = unheard_.find(row.identity);
    if (heard != unheard_.end() && heard->second.native_id == row.native_id)
      snapshot_.rows[row.identity] = heard->second;
    const auto kept = went_.find(row.identity);
    if (kept == went_.end() || kept->second.native_id != row.native_id) continue;
    forgotten_.erase(row.identity);
    snapshot_.rows[row.identity] = kept->second;
  }
}

// Of what was answered when the engine died, it may have saved any part. What it made and saved is
// known to the state by its id; what else it did, the next refresh tells.
void PlannedState::cut_short(const spec::Plan* plan, const std::vector<InventoryRow>& inventory,
                             const Stored& stored, const LogIndex& log) {
  if (!only_plans_ && !keeps_outputs_) outputs_ = {.values = {}, .others_are_open = true};
  const spec::BelievedRows refreshed = snapshot_.rows;
  if (before_refresh_) snapshot_.rows = *std::exchange(before_refresh_, std::nullopt);
  std::map<ResourceIdentity, NativeId> shown;
  for (const InventoryRow& row : inventory) shown.emplace(row.identity, row.native_id);
  for (const ResourceIdentity& identity : imported_) {
    if (!shown.contains(identity)) continue;
    snapshot_.rows.emplace(identity, refreshed.at(identity));
    forgotten_.erase(identity);
    known_[identity] = {.until = 0, .is_open = true};
  }
  if (plan == nullptr) return;
  for (const ResourceIdentity& identity : plan->forgotten)
    if (!shown.contains(identity)) forget({identity});
  for (const spec::DeclaredRewrite& rewrite : plan->rewrites)
    take_stored(rewrite.identity, rewrite.placement, rewrite.depends_on, stored);
  for (const spec::PlannedUpdate& update : plan->updates)
    if (update.operation != UpdateOperation::kDelete)
      take_stored(update.identity, update.placement, update.depends_on, stored);
  for (const spec::PlannedUpdate& update : plan->updates)
    if (update.operation == UpdateOperation::kUpdate) take_versions(update, stored);
  for (const spec::PlannedUpdate& planned : plan->updates) {
    const ProviderAnswer* answer = answer_to(caller_, planned.key());
    const auto row = shown.find(planned.identity);
    if (answer == nullptr) continue;
    if (planned.operation == UpdateOperation::kDelete && !answer->failed && row == shown.end())
      snapshot_.rows.erase(planned.identity);
    if (planned.operation != UpdateOperation::kCreate || row == shown.end() ||
        row->second != answer->native_id)
      continue;
    BelievedRow* made = put_made(planned, caller_, *answer, log);
    if (made == nullptr) continue;
    known_[planned.identity] = {.until = answer->log_end, .is_open = answer->failed};
    // Provisioning begins once the state has it, and ends when the state has it marked.
    const auto told = stored.find(planned.identity);
    if (is_provisioned_in_vain(planned) && !answer->failed && told != stored.end())
      made->is_tainted = told->second.is_tainted;
  }
}

// Where it is, and what it depends on, the state has as it was, as planned, or, of what it depends
// on, both: it tells which. Anything else it says is not believed.
void PlannedState::take_stored(const ResourceIdentity& identity, const Placement& placement,
                               const std::set<ResourceIdentity>& depends_on, const Stored& stored) {
  const auto found = snapshot_.rows.find(identity);
  const auto told = stored.find(identity);
  if (found == snapshot_.rows.end() || told == stored.end()) return;
  BelievedRow& row = found->second;
  if (is_same_place(told->second.placement, placement)) row.placement = placement;
  std::set<ResourceIdentity> both = row.depends_on;
  both.insert(depends_on.begin(), depends_on.end());
  const std::set<ResourceIdentity>& has = told->second.depends_on;
  if (has == depends_on || has == both) row.depends_on = has;
}

// Which WriteOnly value was sent last, the state tells by its version.
void PlannedState::take_versions(const spec::PlannedUpdate& update, const Stored& stored) {
  const auto found = snapshot_.rows.find(update.identity);
  const auto told = stored.find(update.identity);
  if (found == snapshot_.rows.end() || told == stored.end()) return;
  const Schema* schema = find_schema(schemas_, update.identity.type);
  for (const std::string& field : schema->fields) {
    if (!schema->hint(field).write_only) continue;
    const Json* planned = update.declared.if_contains(field);
    const auto version = told->second.versions.find(field);
    const bool has_version = version != told->second.versions.end();
    if (planned == nullptr && !has_version) found->second.declared.erase(field);
    if (planned != nullptr && has_version && version->second == version_of(*planned))
      found->second.declared.set(field, *planned);
  }
}

std::map<ResourceIdentity, Excuse> PlannedState::excuses(const LogIndex& log) const {
  std::map<ResourceIdentity, Excuse> out;
  for (const auto& [identity, known] : known_) {
    if (known.is_open) out[identity] = {ExcuseReason::kUnsettled, 0};
    for (const cloud::CallId id : log.of_name(identity.label)) {
      for (const cloud::Execution& execution : log.call(id).executions)
        if (execution.change.effect != cloud::Effect::kNone && execution.sequence > known.until)
          out[identity] = {ExcuseReason::kLateEffect, id};
    }
    if (log.last_drift(identity.label) > known.until) out[identity] = {ExcuseReason::kDrift, 0};
  }
  return out;
}

// What was placed elsewhere is moved before anything is planned; what needs nothing done is
// declared anew all the same.
void PlannedState::take_rewrites(const std::vector<spec::DeclaredRewrite>& rewrites) {
  for (const spec::DeclaredRewrite& rewrite : rewrites) {
    const auto found = snapshot_.rows.find(rewrite.identity);
    if (found == snapshot_.rows.end()) continue;
    BelievedRow& row = found->second;
    row.declared = rewrite.declared;
    row.values = rewrite.values;
    row.placement = rewrite.placement;
    row.depends_on = rewrite.depends_on;
  }
}

void PlannedState::forget(const std::vector<ResourceIdentity>& identities) {
  went_.clear();
  for (const ResourceIdentity& identity : identities) {
    auto row = snapshot_.rows.extract(identity);
    if (row.empty()) continue;
    const auto left = left_behind_.find(identity);
    const NativeId& id = row.mapped().native_id;
    if (!id.empty() || left != left_behind_.end())
      forgotten_[identity] = id.empty() ? left->second : id;
    known_.erase(identity);
    unsettled_.erase(identity);
    went_.insert(std::move(row));
  }
}

void PlannedState::removed_from_state(const std::vector<ResourceIdentity>& identities,
                                      const LogIndex& log) {
  left_behind_.clear();
  for (const ResourceIdentity& identity : identities)
    if (const auto row = snapshot_.rows.find(identity); row != snapshot_.rows.end())
      settle_for_good(row->second, log);
  forget(identities);
  went_.clear();
}

void PlannedState::admit(const spec::Plan& plan) {
  take_rewrites(plan.rewrites);
  for (const spec::DeclaredRewrite& rewrite : plan.rewrites)
    if (!rewrite.placement.demands.empty()) demanding_.push_back(rewrite);
  forget(plan.forgotten);
  for (const spec::PlannedUpdate& update : plan.updates) {
    const auto found = snapshot_.rows.find(update.identity);
    if (found == snapshot_.rows.end()) continue;
    found->second.placement = update.placement;
    // Until it is done the state has what it depended on, and what it is to depend on.
    if (update.operation != UpdateOperation::kDelete)
      found->second.depends_on.insert(update.depends_on.begin(), update.depends_on.end());
  }
}

void PlannedState::admit(const spec::NothingPlanned& nothing) {
  take_rewrites(nothing.rewrites);
  forget(nothing.forgotten);
  if (!only_plans_) take_outputs();
}

// docs/terraform.md §3: what is shown is what there is once all is done.
void PlannedState::take_outputs() {
  if (!keeps_outputs_) outputs_ = outputs_after(declared_outputs_, snapshot_.rows, about_);
}

bool PlannedState::demands_in_vain() const {
  return std::ranges::any_of(demanding_, [this](const spec::DeclaredRewrite& rewrite) {
    return is_in_vain(rewrite, snapshot_.rows);
  });
}

bool PlannedState::comes_after_vain_demand(const spec::PlannedUpdate& planned) const {
  return std::ranges::any_of(demanding_, [&](const spec::DeclaredRewrite& rewrite) {
    return planned.depends_on.contains(rewrite.identity) && is_in_vain(rewrite, snapshot_.rows);
  });
}

void PlannedState::forget_running(const std::string&) {
  unfinished_.clear();
  demanding_.clear();
  if (std::exchange(ended_early_, false)) {
    if (!keeps_outputs_) outputs_ = {.values = {}, .others_are_open = true};
  } else {
    take_outputs();
  }
}

const ProviderAnswer* PlannedState::answer_to(const std::string& command,
                                              const UpdateKey& update) const {
  const auto found = told_.find({command, update.operation, update.identity.label});
  return found == told_.end() ? nullptr : &found->second;
}

// The half of a replacement that deletes, of which the engine thinks no more: an apply with targets
// of what creates first, or one that has created first although it was not to
// (docs/findings/terraform.md #5, #11). plan-honoured says so.
bool PlannedState::leaves_deposed(const Followed& command, const spec::PlannedUpdate& planned,
                                  const Claim& claim) const {
  if (claim.view.state != UpdateState::kFailed || planned.operation != UpdateOperation::kDelete ||
      !planned.is_half_of_replace)
    return false;
  if (planned.placement.create_before_destroy) return has_targets_;
  const ProviderAnswer* made = answer_to(command.id, {planned.identity, UpdateOperation::kCreate});
  return made != nullptr && !made->failed;
}

// Is the claim what the provider's answer makes of the update? An update that did not come to its
// turn has no answer, and one that failed or did not start before it.
bool PlannedState::agrees(const Followed& command, const spec::PlannedUpdate& planned,
                          const ProviderAnswer* answer, Claim& claim) const {
  const std::string about = to_string(planned.key());
  const bool claims_success = claim.view.state == UpdateState::kSuccess;
  if (!claims_success && died_.contains(command.id)) return true;
  if (claim.view.state == UpdateState::kCanceled && answer == nullptr) return true;
  const bool is_vain = is_in_vain(planned, snapshot_.rows);
  if (is_vain || comes_after_vain_demand(planned)) {
    if (answer == nullptr && !claims_success) return true;
    claim.problem_kind = claims_success ? "success-without-effect" : "failed-without-cause";
    claim.problem = fmt::format("the {} was begun although what {} demands does not hold", about,
                                is_vain ? "it" : "something before it");
    return false;
  }
  if (answer != nullptr && !answer->failed && is_provisioned_in_vain(planned)) {
    if (!claims_success) return true;
    claim.problem_kind = "success-without-effect";
    claim.problem = fmt::format("what comes after the {} fails", about);
    return false;
  }
  if (answer != nullptr && answer->failed != claims_success) return true;
  if (answer != nullptr) {
    claim.problem_kind = claims_success ? "success-without-effect" : "failed-without-cause";
    claim.problem = fmt::format("the provider said that the {} {}", about,
                                answer->failed ? "failed" : "was done");
    return false;
  }
  if (claims_success) {
    claim.problem_kind = "success-without-effect";
    claim.problem = fmt::format("nobody asked the provider for the {}", about);
    return false;
  }
  const auto is_cause = [&](const UpdateKey& first) {
    return unfinished_.contains(first) && command.find(first) != nullptr;
  };
  if (std::ranges::any_of(planned.waits_for, is_cause) ||
      std::ranges::any_of(planned.may_wait_for, is_cause))
    return true;
  claim.problem_kind = "failed-without-cause";
  claim.problem = fmt::format(
      "nobody asked the provider for the {}, and all that comes before it was done", about);
  return false;
}

void PlannedState::fold(const Followed& command, const LogIndex& log, std::span<const uint64_t>,
                        Claim& claim) {
  if (command.kind == CommandKind::kSync) return;  // the next refresh tells the same
  const spec::PlannedUpdate* planned = command.find(claim.view.key());
  if (planned == nullptr) {
    claim.problem_kind = "unplanned-update";
    claim.problem = "nothing in the configuration asked for this";
    return;
  }
  claim.planned = *planned;
  const ProviderAnswer* answer = answer_to(command.id, planned->key());
  if (claim.view.state != UpdateState::kSuccess) unfinished_.insert(planned->key());
  left_deposed_ = left_deposed_ || (answer == nullptr && leaves_deposed(command, *planned, claim));
  if (left_deposed_) return;
  if (!agrees(command, *planned, answer, claim) || answer == nullptr) return;
  if (claim.view.state != UpdateState::kSuccess && died_.contains(command.id)) {
    known_[planned->identity].is_open = true;
    // It may not have heard the answer: its state will tell.
    if (planned->operation == UpdateOperation::kCreate && answer->there)
      unheard_[planned->identity] = made_row(*planned, command.id, *answer, log);
    return;
  }
  known_[planned->identity] = {.until = answer->log_end, .is_open = answer->failed};
  switch (planned->operation) {
    case UpdateOperation::kCreate:
      if (BelievedRow* row = put_made(*planned, command.id, *answer, log))
        row->ksuid = claim.view.ksuid;
      return;
    case UpdateOperation::kUpdate:
      return fold_update(*planned, *answer, claim);
    case UpdateOperation::kDelete:
      if (!answer->failed) fold_delete(*planned, command);
      return;
    case UpdateOperation::kRead:
      return;
  }
}

// The fields as the configuration wants them, references by what their producers are now; what the
// provider fills in stays where it was.
JsonObject PlannedState::wanted(const spec::PlannedUpdate& planned,
                                const BelievedRow* before) const {
  const Schema* schema = find_schema(schemas_, planned.identity.type);
  SQUALL_CHECK(schema != nullptr);
  const JsonObject resolved = spec::resolve_from_rows(planned.desired, snapshot_.rows);
  JsonObject out = spec::as_sent(resolved, *schema);
  if (before == nullptr) return out;
  for (const std::string& field : schema->fields) {
    const Json* prior = before->actual.if_contains(field);
    if (prior != nullptr && schema->hint(field).has_provider_default && !out.contains(field))
      out[field] = *prior;
  }
  return out;
}

// What a failed create left is kept too, marked to be replaced. nullptr: it left nothing.
BelievedRow* PlannedState::put_made(const spec::PlannedUpdate& planned, const std::string& command,
                                    const ProviderAnswer& answer, const LogIndex& log) {
  if (!answer.there) return nullptr;
  return &(snapshot_.rows[planned.identity] = made_row(planned, command, answer, log));
}

BelievedRow PlannedState::made_row(const spec::PlannedUpdate& planned, const std::string& command,
                                   const ProviderAnswer& answer, const LogIndex& log) {
  const ResourceType* type = find_type(types_, planned.identity.type);
  SQUALL_CHECK(type != nullptr);
  const cloud::Change* made = created_by(log, command, planned.identity.label);
  BelievedRow row;
  row.identity = planned.identity;
  row.target = planned.target;
  row.native_id = answer.native_id;
  row.declared = planned.declared;
  row.values = wanted(planned, nullptr);
  row.actual = spec::without_write_only(
      kept_by_cloud(*type, row.values, /*created=*/true, /*normalises=*/false), type->schema);
  row.echo = row.actual;
  if (made != nullptr && made->native_id == answer.native_id) {
    row.version = made->version_after;
    if (made->after != nullptr) row.read_only = others_of(*made->after, type->schema);
  }
  row.placement = planned.placement;
  row.depends_on = planned.depends_on;
  row.is_tainted = answer.failed || is_provisioned_in_vain(planned);
  if (answer.native_id.empty()) unsettled_[planned.identity] = command;
  return row;
}

void PlannedState::fold_update(const spec::PlannedUpdate& planned, const ProviderAnswer& answer,
                               Claim& claim) {
  const auto found = snapshot_.rows.find(planned.identity);
  if (found == snapshot_.rows.end()) {
    claim.problem_kind = "unplanned-update";
    claim.problem = "an update of something that does not exist";
    return;
  }
  BelievedRow& row = found->second;
  row.placement = planned.placement;
  row.depends_on = planned.depends_on;
  if (answer.failed) return;
  row.values = wanted(planned, &row);
  row.actual = spec::without_write_only(row.values, *find_schema(schemas_, row.identity.type));
  row.declared = planned.declared;
  row.echo = row.actual;
}

void PlannedState::fold_delete(const spec::PlannedUpdate& planned, const Followed& command) {
  const auto found = snapshot_.rows.find(planned.identity);
  if (found == snapshot_.rows.end()) return;
  // Where the new object is made first, the row is that one's by now.
  const spec::PlannedUpdate* create =
      command.find(UpdateKey{planned.identity, UpdateOperation::kCreate});
  if (create != nullptr && create->placement.create_before_destroy) return;
  snapshot_.rows.erase(found);
}

}  // namespace squall::suite
