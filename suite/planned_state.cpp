#include "suite/planned_state.h"

#include <utility>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/normalise.h"
#include "spec/resolve.h"
#include "suite/kept.h"

namespace squall::suite {

using spec::BelievedRow;

PlannedState::PlannedState(const std::vector<ResourceType>& types)
    : types_(types), schemas_(schemas_of(types)) {
  snapshot_.dialect = Dialect::kPlanAndApply;
  snapshot_.schemas = &schemas_;
}

// Objects are told apart by their ids: somebody may have made another one of the same name.
void PlannedState::refresh(const cloud::CloudView& view) {
  std::map<std::string, const cloud::CloudObject*> objects;
  for (const cloud::CloudObject& object : view) objects[object.native_id] = &object;
  for (auto row = snapshot_.rows.begin(); row != snapshot_.rows.end();) {
    const auto found = objects.find(row->second.native_id);
    if (found == objects.end()) {
      row = snapshot_.rows.erase(row);
      continue;
    }
    const Schema* schema = find_schema(schemas_, row->first.type);
    row->second.actual = fields_of(found->second->properties, *schema);
    row->second.read_only = others_of(found->second->properties, *schema);
    row->second.version = found->second->version;
    ++row;
  }
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
    const std::vector<ResourceIdentity> producers = spec::producers_in(rewrite.declared);
    row.depends_on = {producers.begin(), producers.end()};
  }
}

void PlannedState::admit(const spec::Plan& plan) {
  take_rewrites(plan.rewrites);
  for (const spec::PlannedUpdate& update : plan.updates) {
    const auto found = snapshot_.rows.find(update.identity);
    if (found != snapshot_.rows.end()) found->second.placement = update.placement;
  }
}

void PlannedState::admit(const spec::NothingPlanned& nothing) { take_rewrites(nothing.rewrites); }

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
  if (claim.view.state != UpdateState::kSuccess) return;
  switch (planned->operation) {
    case UpdateOperation::kCreate:
      return fold_create(*planned, command, log, claim);
    case UpdateOperation::kUpdate:
      return fold_update(*planned, claim);
    case UpdateOperation::kDelete:
      return fold_delete(*planned, command);
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

namespace {

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

void PlannedState::fold_create(const spec::PlannedUpdate& planned, const Followed& command,
                               const LogIndex& log, Claim& claim) {
  const cloud::Change* made = created_by(log, command.id, planned.identity.label);
  if (made == nullptr) return;  // justified-outcome says so
  const ResourceType* type = find_type(types_, planned.identity.type);
  SQUALL_CHECK(type != nullptr);
  BelievedRow row;
  row.identity = planned.identity;
  row.ksuid = claim.view.ksuid;
  row.target = planned.target;
  row.native_id = made->native_id;
  row.declared = planned.declared;
  row.values = wanted(planned, nullptr);
  row.actual = kept_by_cloud(*type, row.values, /*created=*/true, /*normalises=*/false);
  row.echo = row.actual;
  row.version = made->version_after;
  if (made->after != nullptr) row.read_only = others_of(*made->after, type->schema);
  row.placement = planned.placement;
  for (const ResourceIdentity& producer : planned.references) row.depends_on.insert(producer);
  snapshot_.rows[planned.identity] = std::move(row);
}

void PlannedState::fold_update(const spec::PlannedUpdate& planned, Claim& claim) {
  const auto found = snapshot_.rows.find(planned.identity);
  if (found == snapshot_.rows.end()) {
    claim.problem_kind = "unplanned-update";
    claim.problem = "an update of something that does not exist";
    return;
  }
  BelievedRow& row = found->second;
  row.actual = wanted(planned, &row);
  row.declared = planned.declared;
  row.values = row.actual;
  row.echo = row.actual;
  row.placement = planned.placement;
  row.depends_on = {planned.references.begin(), planned.references.end()};
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
