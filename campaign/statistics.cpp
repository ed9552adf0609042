#include "campaign/statistics.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

namespace squall::campaign {
namespace {

bool changes_something(cloud::Effect effect) {
  return effect == cloud::Effect::kCreated || effect == cloud::Effect::kUpdated ||
         effect == cloud::Effect::kDeleted;
}

// The commands whose calls had an effect on the cloud, early or late.
std::set<std::string_view> effective_commands(const suite::CaseRecord& record) {
  std::set<std::string_view> commands;
  for (const cloud::Call& call : record.calls) {
    const bool effective = std::ranges::any_of(call.executions, [](const cloud::Execution& each) {
      return changes_something(each.change.effect);
    });
    if (effective && call.request) commands.insert(call.request->caller);
  }
  return commands;
}

// The command each submission became, by index; empty: none.
std::vector<std::string_view> commands_by_submission(const suite::CaseRecord& record) {
  std::vector<std::string_view> commands(record.submissions.size());
  for (const auto& [id, history] : record.commands) {
    if (history.submission && *history.submission < commands.size()) {
      commands[*history.submission] = id;
    }
  }
  for (size_t i = 0; i < commands.size(); ++i) {
    const auto& reply = record.submissions[i].reply;
    if (!reply) continue;
    if (const auto* accepted = std::get_if<Accepted>(&*reply)) commands[i] = accepted->command_id;
  }
  return commands;
}

void count_submissions(const suite::CaseRecord& record, Statistics& out) {
  const std::set<std::string_view> effective = effective_commands(record);
  const std::vector<std::string_view> commands = commands_by_submission(record);
  std::set<size_t> effective_operations;
  for (size_t i = 0; i < record.submissions.size(); ++i) {
    const suite::Submission& submission = record.submissions[i];
    if (submission.operation >= record.test_case.operations.size()) continue;
    const bool changed = !commands[i].empty() && effective.contains(commands[i]);
    if (changed) effective_operations.insert(submission.operation);
    if (submission.request.kind == CommandKind::kSync) continue;
    ++out.submitted;
    out.either += submission.either ? 1 : 0;
    if (!commands[i].empty()) {
      ++out.accepted;
      out.accepted_effective += changed ? 1 : 0;
    } else if (!submission.reply) {
      ++out.unanswered;
    } else if (const auto* rejection = std::get_if<Rejection>(&*submission.reply)) {
      ++out.rejected.at(static_cast<size_t>(rejection->type));
    } else {
      ++out.noop;
    }
  }
  out.effective_operations = effective_operations.size();
}

void count_excuses(const suite::CaseRecord& record, Statistics& out) {
  std::set<std::pair<ResourceIdentity, cloud::CallId>> excuses;
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    for (const auto& [identity, excuse] : checkpoint.excuses) {
      excuses.emplace(identity, excuse.call);
    }
    out.excused_looks += checkpoint.excuses.size();
    out.looks += std::max(checkpoint.belief.size(), checkpoint.inventory.size());
  }
  out.excused = excuses.size();
}

template <class Array>
void add_each(Array& total, const Array& one) {
  for (size_t i = 0; i < total.size(); ++i) total[i] += one[i];
}

}  // namespace

uint64_t Statistics::rejected_in_all() const {
  return std::accumulate(rejected.begin(), rejected.end(), uint64_t{0});
}

Statistics statistics_of(const suite::CaseRecord& record) {
  Statistics out;
  out.cases = 1;
  out.resources = record.test_case.world.slots.size();
  out.operations = record.test_case.operations.size();
  out.skipped = record.skipped_operations;
  count_submissions(record, out);
  count_excuses(record, out);
  out.engine_runs = record.engine_runs;
  out.peak_calls_in_flight = record.peak_calls_in_flight;
  out.crashes = record.crashes.size();
  for (const suite::CrashRecord& crash : record.crashes) {
    out.crashes_during_recovery += crash.during_recovery ? 1 : 0;
  }
  for (const suite::Operation& operation : record.test_case.operations) {
    for (const CrashPoint& crash : operation.crashes) {
      ++out.armed_crashes.at(static_cast<size_t>(crash.moment));
    }
  }
  for (const auto& [name, count] : record.marks) out.marks[name] += count;
  out.faults = record.faults;
  return out;
}

void add(Statistics& total, const Statistics& one) {
  total.cases += one.cases;
  total.resources += one.resources;
  total.operations += one.operations;
  total.skipped += one.skipped;
  total.effective_operations += one.effective_operations;
  total.submitted += one.submitted;
  total.accepted += one.accepted;
  total.accepted_effective += one.accepted_effective;
  total.noop += one.noop;
  total.unanswered += one.unanswered;
  add_each(total.rejected, one.rejected);
  total.either += one.either;
  total.excused += one.excused;
  total.excused_looks += one.excused_looks;
  total.looks += one.looks;
  total.engine_runs += one.engine_runs;
  total.peak_calls_in_flight = std::max(total.peak_calls_in_flight, one.peak_calls_in_flight);
  total.crashes += one.crashes;
  total.crashes_during_recovery += one.crashes_during_recovery;
  add_each(total.armed_crashes, one.armed_crashes);
  for (const auto& [name, count] : one.marks) total.marks[name] += count;
  for (const auto& [key, count] : one.faults) {
    cloud::FaultCount& sum = total.faults[key];
    sum.fired += count.fired;
    sum.mattered += count.mattered;
  }
}

}  // namespace squall::campaign
