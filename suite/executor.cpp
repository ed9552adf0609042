#include "suite/executor.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/check.h"
#include "suite/belief.h"
#include "suite/case_run.h"
#include "suite/content.h"
#include "suite/operation_type.h"
#include "suite/planned_state.h"

namespace squall::suite {

namespace {

constexpr int kMaxDeathsInARow = 50;  // an engine that dies in every recovery does not live

// What the inventory says of it, to somebody who knows the log up to log_end.
Belief::Shown shown(EngineUnderTest& engine, const cloud::Controller& controller, uint64_t log_end,
                    const ResourceIdentity& identity) {
  Belief::Shown out;
  for (InventoryRow& row : engine.inventory())
    if (row.identity == identity) out.row = std::move(row);
  out.has_gone_on = std::ranges::any_of(controller.log(log_end), [&](const cloud::LogRecord& each) {
    return each.resource_name == identity.label;
  });
  return out;
}

}  // namespace

std::unique_ptr<ExpectedState> CaseRun::make_belief(const World& world) const {
  if (engine_.traits().dialect == Dialect::kPlanAndApply)
    return std::make_unique<PlannedState>(types_);
  return std::make_unique<Belief>(types_, world.behaviours.normalises,
                                  !engine_.traits().deterministic,
                                  [this](const ResourceIdentity& identity) {
                                    return shown(engine_, controller_, log_.end(), identity);
                                  });
}

CaseRun::CaseRun(const Case& test_case, EngineUnderTest& engine, cloud::Controller& controller,
                 const std::vector<ResourceType>& types)
    : engine_(engine),
      controller_(controller),
      types_(types),
      belief_(make_belief(test_case.world)) {
  record_.test_case = test_case;
  record_.traits = engine.traits();
  record_.schemas = schemas_of(types);
  record_.secrets = secrets_in(test_case);
  if (record_.traits.dialect == Dialect::kPlanAndApply)
    for (std::string& value : write_only_in(test_case, types))
      record_.secrets.push_back(std::move(value));
  const std::set<std::string> hidden = hidden_in(test_case);
  record_.secrets.insert(record_.secrets.end(), hidden.begin(), hidden.end());
}

void CaseRun::stop(std::string harness_error) {
  stopped_ = true;
  if (record_.harness_error.empty()) record_.harness_error = std::move(harness_error);
}

CaseRecord CaseRun::run() {
  const Result<void> behaving = controller_.set_behaviours(world().behaviours);
  if (!behaving) stop("setting the cloud's behaviours failed: " + behaving.error().message);
  const Result<void> started =
      engine_.reset({.schemas = record_.schemas,
                     .rate_per_second = world().provider_rate,
                     .versions = world().behaviours.versions,
                     .consistency_window = world().behaviours.consistency_window,
                     .seed = record_.test_case.seed,
                     .schedule = record_.test_case.schedule,
                     .store = world().store,
                     .workspace = world().workspace});
  if (!started) stop("starting the engine failed: " + started.error().message);
  const size_t count = record_.test_case.operations.size();
  for (operation_ = 0; operation_ < count && !stopped_; ++operation_) run_operation(operation_);
  operation_ = count;
  if (!stopped_) epilogue();
  finish();
  return std::move(record_);
}

void CaseRun::finish() {
  read_log();
  record_.calls = log_.take_calls();
  record_.faults = controller_.fault_table();
  if (!record_.secrets.empty()) record_.store_leaks = engine_.leaks(record_.secrets);
  record_.marks = engine_.marks();
  if (record_.lost_objects > 0)
    record_.marks.emplace_back("object-lost-by-death", record_.lost_objects);
  if (record_.undecided) record_.marks.emplace_back(undecided_mark_, 1);
  record_.engine_runs = engine_.runs();
  record_.peak_calls_in_flight = engine_.peak_calls_in_flight();
  record_.trace_hash = engine_.trace_hash();
  engine_.end_case();
}

void CaseRun::run_operation(size_t index) {
  const Operation& operation = record_.test_case.operations[index];
  const OperationType* type = find_operation_type(operation.kind);
  SQUALL_CHECK(type != nullptr);
  arm_faults(operation);
  if (stopped_) return;
  if (!type->execute(*this, operation)) ++record_.skipped_operations;
  if (stopped_) return;
  checkpoint("after operation " + std::to_string(index + 1));
  // What was to go wrong while this ran has had its chance; left in place, it would tie the
  // operations that follow to this one.
  if (running_.empty()) withdraw_faults();
}

// ---- time

// Until condition() holds, through any number of crashes. False: it cannot come to hold; then
// `what` is on record as stuck.
bool CaseRun::wait_until(const std::function<bool()>& condition, const std::string& what) {
  while (!stopped_) {
    switch (engine_.run_until(condition, record_.traits.settle_deadline)) {
      case Waited::kConditionMet:
        return true;
      case Waited::kEngineDied:
        revive();
        break;
      case Waited::kIdle:
      case Waited::kDeadline:
        if (condition()) return true;
        record_.stuck.push_back(what);
        stopped_ = true;
        return false;
    }
  }
  return false;
}

void CaseRun::wait(Duration how_long) {
  const Instant until = engine_.now() + how_long;
  while (!stopped_ && engine_.now() < until) {
    const Waited waited = engine_.run_until([] { return false; }, until - engine_.now());
    if (waited == Waited::kIdle) engine_.pass_time(until - engine_.now());
    if (waited != Waited::kEngineDied) break;
    revive();
  }
  look();
}

void CaseRun::drain() {
  for (;;) {
    if (stopped_) return;
    const Waited waited = engine_.run_until([] { return false; }, record_.traits.settle_deadline);
    if (waited == Waited::kIdle) break;
    if (waited == Waited::kEngineDied) {
      revive();
      continue;
    }
    record_.stuck.emplace_back("nothing left to happen");
    stopped_ = true;
  }
  look();
  if (record_.undecided || running_.empty()) return;
  for (const auto& [id, followed] : running_)
    record_.stuck.push_back("command " + id + " terminal");
  stopped_ = true;
}

void CaseRun::crash() {
  if (engine_.alive()) engine_.kill();
  revive();
}

void CaseRun::revive() {
  int deaths = 0;
  const size_t first_crash = crashes_.size();
  // Whoever starts it again makes room first.
  set_disk_full(false);
  while (!engine_.alive()) {
    const bool recovering =
        deaths > 0 || std::ranges::any_of(resumed_, [this](const std::string& id) {
          return running_.contains(id);
        });
    crashes_.push_back(controller_.log_end());
    record_.crashes.push_back({engine_.now(), controller_.log_end(), recovering});
    if (std::optional<std::string> how = engine_.ended_by_itself())
      record_.own_ends.push_back({operation_, *std::move(how)});
    if (++deaths > kMaxDeathsInARow) {
      record_.stuck.push_back("the engine up again: it died " + std::to_string(deaths) +
                              " times in a row");
      stopped_ = true;
      return;
    }
    const Result<void> restarted = engine_.restart();
    if (!restarted) return stop("restarting the engine failed: " + restarted.error().message);
  }
  for (const CommandView& view : engine_.commands_at_start())
    belief_->note_intents(view, first_crash);
  const std::vector<Followed> lost = take_lost_syncs();
  look_back();
  look();
  for (const Followed& each : lost) belief_->fold_lost_sync(each, log_, crashes_);
  give_up_if_undecided();
  resumed_.clear();
  for (const auto& [id, followed] : running_) resumed_.insert(id);
}

// Terminal is for ever: what was seen terminal before the engine died is so afterwards.
void CaseRun::look_back() {
  for (auto& [id, history] : record_.commands) {
    if (!history.submission || !is_terminal(history.last.state)) continue;
    if (history.last.kind == CommandKind::kSync) continue;
    const std::optional<CommandState> state = engine_.state_of(id);
    if (state == history.last.state) continue;
    history.forgotten = !state.has_value();
    history.undone = state;
    stopped_ = true;
  }
}

void CaseRun::give_up_if_undecided() {
  if (!belief_->undecided().empty()) return give_up(belief_->undecided());
  if (!engine_.undecided().empty()) return give_up(engine_.undecided());
  if (!engine_.left_undecided().empty()) give_up(engine_.left_undecided());
}

void CaseRun::give_up(std::string_view mark) {
  record_.undecided = true;
  undecided_mark_ = mark;
  stopped_ = true;
}

// A sync lives in memory only: after a crash it is gone, with or without what it had absorbed.
std::vector<Followed> CaseRun::take_lost_syncs() {
  std::vector<Followed> out;
  if (record_.traits.system_commands_survive) return out;
  for (auto it = running_.begin(); it != running_.end();) {
    if (it->second.kind != CommandKind::kSync) {
      ++it;
      continue;
    }
    folded_.erase(it->first);
    out.push_back(std::move(it->second));
    it = running_.erase(it);
  }
  return out;
}

// ---- looking

void CaseRun::read_log() {
  std::vector<cloud::LogRecord> fresh = controller_.log(log_.end());
  log_.append(fresh);
  std::ranges::move(fresh, std::back_inserter(record_.log));
}

void CaseRun::look() {
  if (!engine_.alive()) return;
  read_log();
  hear();
  // In the order in which they were accepted: what ends late has seen what the others made.
  std::vector<std::string> ids;
  ids.reserve(running_.size());
  for (const auto& [id, followed] : running_) ids.push_back(id);
  std::ranges::sort(ids, {},
                    [this](const std::string& id) { return record_.commands[id].submission; });
  for (const std::string& id : ids) look_at(id);
}

namespace {

// May something be left of what was planned, beside its updates? One that is interrupted may have
// done all of those.
bool may_end_early(const Case& test_case, size_t operation, const CommandView& view) {
  if (view.state != CommandState::kSuccess) return true;
  return operation < test_case.operations.size() &&
         std::ranges::any_of(
             test_case.operations[operation].crashes,
             [](const CrashPoint& crash) { return crash.moment == CrashMoment::kInterrupted; });
}

}  // namespace

namespace {

// Has it done what nobody had it do?
bool has_another_plan(const Followed& command, const CommandView& view) {
  return command.kind != CommandKind::kSync &&
         (view.updates.size() != command.planned.size() ||
          std::ranges::any_of(view.updates, [&](const ResourceUpdateView& update) {
            return command.find(update.key()) == nullptr;
          }));
}

}  // namespace

void CaseRun::look_at(const std::string& id) {
  if (record_.undecided) return;
  const Followed& command = running_.at(id);
  CommandHistory& history = record_.commands[id];
  std::optional<CommandView> now = engine_.status(id);
  if (!now) {
    history.forgotten = true;
    stopped_ = true;
    return;
  }
  if (!engine_.undecided().empty()) return give_up(engine_.undecided());
  // What the engine says now has its evidence in the log of now: where time is real, it has gone on
  // since the log was read.
  read_log();
  if (history.states.empty() || history.states.back() != now->state)
    history.states.push_back(now->state);
  history.last = *std::move(now);
  const CommandView& view = history.last;
  for (const ResourceUpdateView& update : view.updates) {
    if (is_terminal(update.state) || !folded_[id].contains(update.key())) continue;
    history.undone = view.state;  // one of its updates was seen terminal, and is not any more
    stopped_ = true;
    return;
  }
  // Of what it does then nothing was predicted: the admission checker will say so.
  const bool plans_whole = record_.traits.dialect == Dialect::kPlanAndApply;
  if (plans_whole && is_terminal(view.state) && has_another_plan(command, view))
    return give_up("ended-with-another-plan");
  belief_->set_running(command, view);
  fold_terminal(command, view);
  give_up_if_undecided();
  if (!is_terminal(view.state)) return;
  if (history.submission) record_.submissions[*history.submission].log_after = log_.end();
  history.demands_in_vain = belief_->demands_in_vain();
  if (plans_whole && may_end_early(record_.test_case, operation_, view))
    belief_->ended_early(engine_.inventory());
  belief_->forget_running(id);
  folded_.erase(id);
  running_.erase(id);
}

namespace {

// Where the last change that an update asked for arrived, or, where it asked for none, its last
// read or Settle; 0: neither.
uint64_t last_call(const LogIndex& log, const std::string& command, const UpdateKey& key) {
  const CallKind change = key.operation == UpdateOperation::kCreate   ? CallKind::kCreate
                          : key.operation == UpdateOperation::kDelete ? CallKind::kDelete
                                                                      : CallKind::kUpdate;
  uint64_t changed = 0;
  uint64_t read = 0;
  for (const cloud::CallId id : log.of_update(command, key.identity.label)) {
    const CallKind kind = log.call(id).request->kind;
    if (kind == change) changed = log.call(id).arrived_sequence;
    const bool looks = kind == CallKind::kRead || kind == CallKind::kSettle;
    if (looks) read = log.call(id).arrived_sequence;
  }
  return changed != 0 ? changed : read;
}

using Fresh = std::map<UpdateKey, const ResourceUpdateView*>;

// Must `who` come after one of the others? Of a circle the engine drops a wait of its choice,
// though never that of a replacement's second half for its first.
bool comes_after_one(const Followed& command, const UpdateKey& who, const Fresh& others) {
  const spec::PlannedUpdate* planned = command.find(who);
  if (planned == nullptr) return false;
  return std::ranges::any_of(planned->waits_for, [&](const UpdateKey& first) {
    if (!others.contains(first)) return false;
    const bool may_be_dropped = command.circular.contains(who) && command.circular.contains(first);
    return !may_be_dropped || who.identity == first.identity;
  });
}

// May `who` come before all of the others?
bool may_come_first(const Followed& command, const UpdateKey& who, const Fresh& others) {
  const spec::PlannedUpdate* planned = command.find(who);
  return planned == nullptr ||
         std::ranges::none_of(planned->may_wait_for,
                              [&](const UpdateKey& first) { return others.contains(first); });
}

}  // namespace

// Folds what has become terminal since the last look, producers before those that waited for them,
// or may have; where that leaves a choice, in the order in which the log has it.
void CaseRun::fold_terminal(const Followed& command, const CommandView& view) {
  std::set<UpdateKey>& folded = folded_[command.id];
  Fresh fresh;
  for (const ResourceUpdateView& update : view.updates)
    if (is_terminal(update.state) && !folded.contains(update.key()))
      fresh.emplace(update.key(), &update);
  while (!fresh.empty()) {
    auto next = fresh.end();
    std::pair<bool, uint64_t> earliest;
    for (auto each = fresh.begin(); each != fresh.end(); ++each) {
      if (comes_after_one(command, each->first, fresh)) continue;
      const std::pair at(!may_come_first(command, each->first, fresh),
                         command.circular.empty() ? 0 : last_call(log_, command.id, each->first));
      if (next == fresh.end() || at < earliest) {
        next = each;
        earliest = at;
      }
    }
    SQUALL_CHECK(next != fresh.end());
    Claim claim;
    claim.command = command.id;
    claim.view = *next->second;
    claim.log_end = log_.end();
    belief_->fold(command, log_, crashes_, claim);
    record_.claims.push_back(std::move(claim));
    folded.insert(next->first);
    fresh.erase(next);
  }
}

void CaseRun::checkpoint(std::string where) {
  if (!engine_.alive()) revive();
  look();
  if (!running_.empty() || (stopped_ && !record_.harness_error.empty())) return;
  Checkpoint out;
  out.where = std::move(where);
  out.operation = operation_;
  out.faults_off = faults_off_;
  out.settled = settled_;
  out.at = engine_.now();
  // All of one moment: nobody waits for a message that is late, and it may come between.
  do {
    read_log();
    out.log_end = log_.end();
    out.inventory = engine_.inventory();
    out.stacks = engine_.stacks();
    out.cloud = controller_.view();
  } while (controller_.log_end() != out.log_end && engine_.alive());
  for (const auto& [identity, id] : belief_->forgotten()) {
    Checkpoint::Forgotten& forgotten = out.forgotten[identity];
    forgotten.native_id = id;
    const auto object = std::ranges::find(out.cloud, id, &cloud::CloudObject::native_id);
    if (object == out.cloud.end()) continue;
    forgotten.object = std::move(*object);
    out.cloud.erase(object);
  }
  out.belief = belief_->rows();
  out.outputs = engine_.outputs();
  out.expected_outputs = belief_->outputs();
  out.excuses = belief_->excuses(log_);
  record_.checkpoints.push_back(std::move(out));
}

CaseRecord run_case(const Case& test_case, EngineUnderTest& engine, cloud::Controller& controller,
                    const std::vector<ResourceType>& types) {
  return CaseRun(test_case, engine, controller, types).run();
}

std::string place(const CaseRecord& record, size_t operation) {
  if (operation < record.test_case.operations.size())
    return "operation " + std::to_string(operation + 1);
  return "the epilogue";
}

}  // namespace squall::suite
