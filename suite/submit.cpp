// The part of CaseRun that sends requests: predicts each, sees it answered, and follows what was
// accepted.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "spec/plan.h"
#include "spec/resolve.h"
#include "suite/executor.h"

namespace squall::suite {

namespace {

bool same_updates(const std::vector<spec::PlannedUpdate>& planned,
                  const std::vector<ResourceUpdateView>& shown) {
  if (planned.size() != shown.size()) return false;
  return std::ranges::all_of(shown, [&](const ResourceUpdateView& update) {
    return std::ranges::any_of(
        planned, [&](const spec::PlannedUpdate& one) { return one.key() == update.key(); });
  });
}

bool same(const spec::PlannedUpdate& a, const spec::PlannedUpdate& b) {
  return a.key() == b.key() && a.declared == b.declared && a.values == b.values &&
         a.desired == b.desired && a.asked == b.asked && a.waits_for == b.waits_for;
}

bool same(const spec::DeclaredRewrite& a, const spec::DeclaredRewrite& b) {
  return a.identity == b.identity && a.is_declared == b.is_declared && a.declared == b.declared &&
         a.values == b.values;
}

// Do they leave the same behind?
bool same_effect(const spec::Verdict& a, const spec::Verdict& b) {
  const auto same_each = [](const auto& one, const auto& other) {
    return std::ranges::equal(one, other,
                              [](const auto& each, const auto& its) { return same(each, its); });
  };
  if (const auto* plan = std::get_if<spec::Plan>(&a)) {
    const auto* other = std::get_if<spec::Plan>(&b);
    return other != nullptr && same_each(plan->updates, other->updates) &&
           same_each(plan->rewrites, other->rewrites);
  }
  if (const auto* nothing = std::get_if<spec::NothingPlanned>(&a)) {
    const auto* other = std::get_if<spec::NothingPlanned>(&b);
    return other != nullptr && same_each(nothing->rewrites, other->rewrites);
  }
  return true;  // nothing at all
}

// The rows that an admission changes or its command claims.
std::set<ResourceIdentity> touched_by(const spec::Verdict& predicted,
                                      const std::optional<CommandView>& command) {
  std::set<ResourceIdentity> out;
  const auto add = [&out](const std::vector<spec::DeclaredRewrite>& rewrites) {
    for (const spec::DeclaredRewrite& each : rewrites) out.insert(each.identity);
  };
  if (const auto* plan = std::get_if<spec::Plan>(&predicted)) add(plan->rewrites);
  if (const auto* nothing = std::get_if<spec::NothingPlanned>(&predicted)) add(nothing->rewrites);
  if (command)
    for (const ResourceUpdateView& update : command->updates) out.insert(update.identity);
  return out;
}

}  // namespace

// Is the reply, with the plan that its command shows, what the spec says?
bool CaseRun::fits(const Submission& submission, const CommandReply& reply,
                   const std::optional<CommandView>& command) const {
  const spec::Verdict& predicted = submission.predicted;
  if (const auto* rejection = std::get_if<Rejection>(&reply)) {
    const auto* refused = std::get_if<spec::Refused>(&predicted);
    if (submission.disk_full && rejection->type == RejectionType::kUnavailable)
      return refused == nullptr;
    return refused != nullptr && refused->type == rejection->type;
  }
  if (std::holds_alternative<NothingToDo>(reply))
    return std::holds_alternative<spec::NothingPlanned>(predicted);
  if (const auto* simulated = std::get_if<Simulated>(&reply)) {
    const auto* would_do = std::get_if<spec::WouldDo>(&predicted);
    return would_do != nullptr && same_updates(would_do->plan.updates, simulated->updates);
  }
  const auto* plan = std::get_if<spec::Plan>(&predicted);
  return plan != nullptr && command && same_updates(plan->updates, command->updates);
}

void CaseRun::predict(Submission& submission) {
  const bool refreshes = record_.traits.dialect == Dialect::kPlanAndApply;
  if (refreshes) settle_down();
  look();
  std::optional<spec::Refused> refused;
  if (submission.request.saved_plan) refused = refused_as_saved(*saved_plan_);
  // What the plan was made of is there no more, and the engine cannot know: people plan anew.
  if (submission.request.saved_plan && !refused && has_changed(*saved_plan_))
    submission.request.saved_plan = false;
  // What somebody has done meanwhile it would not see, and go wrong.
  if (!submission.request.saved_plan && !belief_->is_up_to_date(log_))
    submission.request.refresh = true;
  if (refreshes) belief_->refresh(controller_.view(), log_, submission.request);
  if (refused) {
    submission.predicted = *std::move(refused);
  } else if (submission.request.kind != CommandKind::kSync) {
    submission.predicted = spec::admit(belief_->snapshot(), submission.request);
  }
  submission.log_before = controller_.log_end();
  submission.at = engine_.now();
  submission.disk_full = disk_full_;
  predicted_beside_ = !running_.empty();
  store_calls_before_ = record_.store_calls.size();
}

// A sync that is just writing a row goes before the decision, which is then made on what it wrote.
// So beside a sync the prediction of the moment of the answer holds as well; and beside anything
// that ran at either end, where the engine goes on while the request is on its way.
void CaseRun::predict_at_answer(Submission& submission) {
  hear();
  // Where the configuration is refused for what it says, it may have been read from all the same.
  const bool is_right = std::holds_alternative<spec::Refused>(submission.predicted) &&
                        submission.reply && fits(submission, *submission.reply, std::nullopt);
  if (submission.reply && !is_right)
    if (std::optional<spec::Refused> refused = belief_->refused_by_provider(*submission.reply))
      submission.predicted = *std::move(refused);
  predict_store_trouble(submission);
  const bool in_real_time = !record_.traits.deterministic;
  const bool beside = in_real_time ? predicted_beside_ || !running_.empty()
                                   : std::ranges::any_of(running_, [](const auto& entry) {
                                       return entry.second.kind == CommandKind::kSync;
                                     });
  if (!beside || stopped_ || !submission.reply) return;
  if (submission.request.kind == CommandKind::kSync) return;
  const CommandReply& reply = *submission.reply;
  std::optional<CommandView> command;
  if (const auto* accepted = std::get_if<Accepted>(&reply))
    command = engine_.status(accepted->command_id);
  belief_->enter(touched_by(submission.predicted, command));
  look();
  belief_->settled_in();
  if (stopped_) {
    submission.either = record_.undecided;
    return;
  }
  const bool fits_before = fits(submission, reply, command);
  if (fits_before && !in_real_time) return;
  spec::Verdict before =
      std::exchange(submission.predicted, spec::admit(belief_->snapshot(), submission.request));
  const bool fits_now = fits(submission, reply, command);
  if (fits_before && fits_now && !same_effect(before, submission.predicted))
    give_up("undecided-overlap");
  submission.either = fits_now && !fits_before;
  if (submission.either) return;
  submission.predicted = std::move(before);
  if (fits_before) return;
  // What is true at neither end may have been so in between.
  if (in_real_time && controller_.log_end() != submission.log_before) {
    submission.either = true;
    give_up("undecided-overlap");
  }
}

// docs/terraform.md §2: a saved plan is refused by another version of the engine, which looks at
// nothing else, and where the state is another by now.
std::optional<spec::Refused> CaseRun::refused_as_saved(const SavedPlan& plan) const {
  if (engine_.version() != plan.engine_version)
    return spec::Refused{RejectionType::kPlanOfAnotherVersion,
                         fmt::format("{} has made it", plan.engine_version)};
  if (engine_.store_version() != plan.store_version)
    return spec::Refused{RejectionType::kStalePlan, "the state has changed since"};
  return std::nullopt;
}

bool CaseRun::has_changed(const SavedPlan& plan) const {
  return std::ranges::any_of(controller_.log(plan.log_end), [](const cloud::LogRecord& record) {
    return record.change && record.change->effect != cloud::Effect::kNone;
  });
}

void CaseRun::keep_plan(size_t index) {
  const Submission& submission = record_.submissions[index];
  if (!record_.traits.saved_plans || !submission.request.simulate || !submission.reply) return;
  saved_plan_.reset();
  if (std::holds_alternative<Rejection>(*submission.reply)) return;
  SavedPlan plan{.submission = index,
                 .request = submission.request,
                 .store_version = engine_.store_version(),
                 .engine_version = engine_.version(),
                 .log_end = controller_.log_end()};
  plan.request.simulate = false;
  plan.request.saved_plan = true;
  saved_plan_ = std::move(plan);
}

bool CaseRun::submit_saved_plan(bool blocking) {
  if (!saved_plan_) return false;
  const size_t plan_of = saved_plan_->submission;
  const size_t index = submit(saved_plan_->request, blocking, "saved plan");
  if (record_.submissions[index].request.saved_plan) record_.submissions[index].plan_of = plan_of;
  return true;
}

// What was forgotten and is declared again is imported, as people would; and no longer where it is
// gone by now, or in the state already.
void CaseRun::import_forgotten(CommandRequest& request) const {
  if (!record_.traits.imports || request.kind != CommandKind::kApply) return;
  for (DeclaredResource& resource : request.forma.resources) resource.import_id.clear();
  const std::map<ResourceIdentity, NativeId> forgotten = belief_->forgotten();
  if (forgotten.empty()) return;
  const cloud::CloudView view = controller_.view();
  for (DeclaredResource& resource : request.forma.resources) {
    const auto found = forgotten.find(resource.identity);
    if (found != forgotten.end() &&
        std::ranges::find(view, found->second, &cloud::CloudObject::native_id) != view.end())
      resource.import_id = found->second;
  }
}

// What one block declares goes its own ways where it comes to targets (docs/terraform.md §7); and a
// `removed` block is about all that there is of it.
void CaseRun::heed_groups(CommandRequest& request) const {
  if (request.kind != CommandKind::kApply) return;
  const spec::BelievedRows& rows = belief_->snapshot().rows;
  const auto is_grouped = [](const Placement& placement) { return !placement.group.empty(); };
  const bool any_grouped =
      std::ranges::any_of(rows,
                          [&](const auto& each) { return is_grouped(each.second.placement); }) ||
      std::ranges::any_of(request.forma.resources,
                          [&](const auto& each) { return is_grouped(each.placement); });
  if (!any_grouped) return;
  request.targeted.clear();
  const std::vector<ResourceIdentity> forgotten = request.forma.forgotten;
  std::set<ResourceIdentity> left;  // blocks of which something is not to be forgotten
  for (const auto& [identity, row] : rows)
    if (std::ranges::find(forgotten, identity) == forgotten.end())
      left.insert(block_of(identity, row.placement));
  for (const DeclaredResource& resource : request.forma.resources)
    left.insert(block_of(resource.identity, resource.placement));
  std::erase_if(request.forma.forgotten, [&](const ResourceIdentity& identity) {
    const spec::BelievedRow* row = spec::find_row(rows, identity);
    return row != nullptr && left.contains(block_of(identity, row->placement));
  });
}

size_t CaseRun::submit(CommandRequest request, bool blocking, std::string phase, bool ask_again) {
  const size_t index = record_.submissions.size();
  const size_t answers_before = record_.answers.size();
  {
    Submission submission;
    submission.operation = operation_;
    submission.phase = std::move(phase);
    submission.request = std::move(request);
    submission.request.client_id = "squall";
    if (submission.request.kind != CommandKind::kSync)
      submission.request.idempotency_key = "key-" + std::to_string(++keys_);
    if (!submission.request.saved_plan) heed_groups(submission.request);
    import_forgotten(submission.request);
    predict(submission);
    await_reply(submission, engine_.user_commands());
    if (ask_again && !stopped_ && submission.reply) {
      submission.lost_reply = std::exchange(submission.reply, std::nullopt);
      // The key of an accepted request gives its command; any other is decided anew.
      if (!std::holds_alternative<Accepted>(*submission.lost_reply)) predict(submission);
      await_reply(submission, engine_.user_commands());
    }
    hear_rivals();
    predict_at_answer(submission);
    record_.submissions.push_back(std::move(submission));
  }
  Submission& submission = record_.submissions[index];
  mend_store();
  if (heard_of_death(answers_before)) {
    settle_down();
    remove_lost_objects(submission.log_before);
  }
  submission.log_after = controller_.log_end();
  if (submission.reply) {
    const CommandReply reply = *submission.reply;
    take_answer(submission);
    take_reply(index, reply);
    keep_plan(index);
  }
  if (blocking && !stopped_) {
    wait_until([this] { return all_terminal(); }, "every command terminal");
  }
  look();
  return index;
}

namespace {

// Has anything happened to the object but what commands wanted?
bool is_disturbed(const LogIndex& log, const spec::BelievedRow& row) {
  const std::string& name = row.identity.label;
  return row.unsettled || log.last_drift(name) != 0 ||
         std::ranges::any_of(log.of_name(name),
                             [&](const cloud::CallId id) { return !log.call(id).fault.empty(); });
}

}  // namespace

bool CaseRun::depends_on_discovery(const CommandRequest& request) {
  if (running_.empty()) return false;
  read_log();
  std::set<ResourceIdentity> changing;  // rows that may change before their update ends
  std::set<std::string> busy;
  for (const auto& [id, command] : running_) {
    for (const auto& [key, planned] : command.planned) {
      busy.insert(key.identity.stack);
      const auto row = belief_->rows().find(key.identity);
      if (row != belief_->rows().end() && is_disturbed(log_, row->second))
        changing.insert(key.identity);
    }
  }
  // Refused, whatever is found out.
  const std::vector<std::string> stacks = spec::named_stacks(request.forma);
  if (std::ranges::any_of(stacks, [&](const auto& each) { return busy.contains(each); }))
    return false;
  const auto refers = [&](const JsonObject& document) {
    return std::ranges::any_of(spec::producers_in(document),
                               [&](const auto& producer) { return changing.contains(producer); });
  };
  return std::ranges::any_of(request.forma.resources, [&](const DeclaredResource& resource) {
    const auto row = belief_->rows().find(resource.identity);
    return refers(resource.properties) ||
           (row != belief_->rows().end() && refers(row->second.declared));
  });
}

bool CaseRun::all_terminal() const {
  return std::ranges::all_of(running_, [this](const auto& entry) {
    const auto state = engine_.state_of(entry.first);
    return !state || is_terminal(*state);
  });
}

// Sees a request through to its answer. If the engine dies meanwhile, the request is repeated: what
// was committed before gives the same command; what was not is decided anew, on a new prediction.
void CaseRun::await_reply(Submission& submission, const std::vector<std::string>& known) {
  while (!stopped_) {
    const Ticket ticket = engine_.start(submission.request);
    const auto answered = [&] { return !std::holds_alternative<Pending>(engine_.poll(ticket)); };
    Waited waited = Waited::kConditionMet;
    if (!answered()) waited = engine_.run_until(answered, record_.traits.settle_deadline);
    const Poll poll = engine_.poll(ticket);
    if (const auto* reply = std::get_if<CommandReply>(&poll)) submission.reply = *reply;
    if (waited == Waited::kEngineDied || !engine_.alive()) {
      revive();
      if (!submission.reply) pick_up(submission);
    }
    recover_store();
    if (submission.reply || stopped_) return;
    if (waited == Waited::kDeadline || waited == Waited::kIdle) {
      record_.stuck.push_back("an answer to " + submission.phase);
      stopped_ = true;
      return;
    }
    if (submission.request.kind == CommandKind::kSync) return;  // gone with the engine
    // Committed, though its answer was lost: the first prediction stands.
    const std::vector<std::string> now = engine_.user_commands();
    const auto is_known = [&](const std::string& id) {
      return std::ranges::find(known, id) != known.end();
    };
    if (!std::ranges::all_of(now, is_known)) continue;
    if (!submission.request.saved_plan) import_forgotten(submission.request);
    predict(submission);
  }
}

bool refuses_own_plan(const CommandReply& reply) {
  const auto* rejection = std::get_if<Rejection>(&reply);
  return rejection != nullptr && rejection->type == RejectionType::kPlanRefused;
}

void CaseRun::take_reply(size_t index, const CommandReply& reply) {
  const Submission& submission = record_.submissions[index];
  const bool sync = submission.request.kind == CommandKind::kSync;
  const auto* plan = std::get_if<spec::Plan>(&submission.predicted);
  if (const auto* accepted = std::get_if<Accepted>(&reply)) {
    if (!sync && plan == nullptr) {
      stopped_ = true;  // the admission checker will say why
      look();
      return;
    }
    Followed followed;
    followed.id = accepted->command_id;
    followed.kind = submission.request.kind;
    followed.mode = submission.request.mode;
    followed.force = submission.request.force;
    followed.accepted_at = submission.log_before;
    if (!sync) {
      for (const spec::PlannedUpdate& update : plan->updates)
        followed.planned.emplace(update.key(), update);
      followed.circular = plan->circular;
      belief_->admit(*plan);
    } else {
      belief_->begin_sync(followed.id);
    }
    CommandHistory& history = record_.commands[followed.id];
    history.id = followed.id;
    history.submission = index;
    running_.emplace(followed.id, std::move(followed));
    return;
  }
  if (std::holds_alternative<NothingToDo>(reply)) {
    if (const auto* nothing = std::get_if<spec::NothingPlanned>(&submission.predicted)) {
      belief_->admit(*nothing);
    } else if (!sync) {
      stopped_ = true;
    }
    return;
  }
  if (refuses_own_plan(reply)) return;  // wrong as it is, it goes on from where it was
  if (!fits(submission, reply, std::nullopt)) stopped_ = true;
}

}  // namespace squall::suite
