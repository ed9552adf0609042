#include "report/narration.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

namespace squall::report {
namespace {

// Notes start at the column that suits the widest words, but leave room for themselves.
constexpr size_t kNarrowestNotes = 24;
constexpr size_t kWidestNotes = 38;
constexpr size_t kNumberColumns = 6;  // "  1  "

Step step_of(const suite::Case& test_case, size_t index) {
  const suite::Operation& operation = test_case.operations[index];
  Step step;
  step.number = index + 1;
  step.words = suite::words(test_case.world, operation);
  while (step.words.ends_with(' ')) step.words.pop_back();
  for (const cloud::FaultRule& fault : operation.faults) step.notes.push_back(suite::words(fault));
  for (const CrashPoint& crash : operation.crashes) step.notes.push_back(suite::words(crash));
  for (const StoreFault& fault : operation.store_faults) step.notes.push_back(suite::words(fault));
  return step;
}

const suite::CommandHistory* command_of(const suite::CaseRecord& record, size_t submission) {
  for (const auto& [id, history] : record.commands) {
    if (history.submission == submission) return &history;
  }
  return nullptr;
}

std::string outcome_of(const suite::CaseRecord& record, size_t index) {
  const suite::Submission& submission = record.submissions[index];
  const suite::CommandHistory* command = command_of(record, index);
  const bool answered = submission.reply.has_value();
  if (answered && std::holds_alternative<Rejection>(*submission.reply)) {
    return fmt::format("rejected: {}", to_string(std::get<Rejection>(*submission.reply).type));
  }
  if (answered && std::holds_alternative<NothingToDo>(*submission.reply)) return "nothing to do";
  if (!answered && command == nullptr) return "no answer";
  const std::string_view verb = answered ? "accepted" : "no answer, but accepted";
  if (command == nullptr) return std::string(verb);
  const CommandState state = command->last.state;
  return fmt::format("{}, {} {}", verb, is_terminal(state) ? "ended" : "still", to_string(state));
}

void append_row(const std::vector<std::string>& words, const std::vector<std::string>& notes,
                const std::string& number, size_t note_column, std::string& out) {
  const auto word_at = [&](size_t i) { return i < words.size() ? words[i] : std::string(); };
  // Words that reach into the notes' column push the notes below them.
  const bool beside = notes.empty() || std::ranges::all_of(words, [&](const std::string& line) {
                        return kNumberColumns + width_of(line) + 2 <= note_column;
                      });
  const size_t first_note = beside ? 0 : words.size();
  const size_t lines = std::max(words.size(), first_note + notes.size());
  for (size_t i = 0; i < lines; ++i) {
    std::string line = padded(i == 0 ? number : "", kNumberColumns) + word_at(i);
    if (i >= first_note && i - first_note < notes.size()) {
      line = padded(line, note_column) + notes[i - first_note];
    }
    out += line + "\n";
  }
}

std::string effect_words(const cloud::Call& call) {
  if (call.executions.empty()) return " never executed";
  const cloud::Execution& execution = call.executions.front();
  const cloud::Change& change = execution.change;
  std::string out;
  switch (change.effect) {
    case cloud::Effect::kCreated:
      out = " → " + change.native_id;
      break;
    case cloud::Effect::kUpdated:
      out = fmt::format(" → {} version {}", change.native_id, change.version_after);
      break;
    case cloud::Effect::kDeleted:
      out = fmt::format(" → {} gone", change.native_id);
      break;
    case cloud::Effect::kTokenVoided:
      out = " → none, token void";
      break;
    case cloud::Effect::kNone:
      if (!execution.reply) break;
      if (!execution.reply->ok()) {
        out = fmt::format(" → {}", to_string(execution.reply->error));
      } else if (!execution.reply->native_id.empty()) {
        out = fmt::format(" → {} version {}", execution.reply->native_id, execution.reply->version);
      }
      break;
  }
  if (call.executions.size() > 1) out += fmt::format(", executed {} times", call.executions.size());
  if (call.answered_sequence && execution.sequence > *call.answered_sequence) {
    out += ", executed after its answer";
  }
  return out;
}

std::string answer_words(const cloud::Call& call) {
  if (!call.answered_sequence || !call.answer) return ", never answered";
  std::string out;
  const bool truth =
      !call.executions.empty() && call.executions.front().reply &&
      call.executions.front().reply->status == call.answer->status &&
      (call.answer->ok() || call.executions.front().reply->error == call.answer->error);
  if (!truth && !call.answer->ok()) {
    out = fmt::format(", answered {}", to_string(call.answer->error));
  } else if (!truth) {
    out = fmt::format(", answered {}", to_string(call.answer->status));
  }
  if (!call.delivered) out += ", nobody there to hear it";
  return out;
}

}  // namespace

std::vector<Step> steps_of(const suite::Case& test_case) {
  std::vector<Step> steps;
  for (size_t i = 0; i < test_case.operations.size(); ++i) steps.push_back(step_of(test_case, i));
  return steps;
}

std::vector<Step> steps_of(const suite::CaseRecord& record) {
  std::vector<Step> steps = steps_of(record.test_case);
  for (size_t i = 0; i < record.submissions.size(); ++i) {
    const size_t operation = record.submissions[i].operation;
    if (operation < steps.size()) steps[operation].notes.push_back(outcome_of(record, i));
  }
  return steps;
}

std::string step_table(const std::vector<Step>& steps, const Style& style) {
  size_t widest = 0;
  for (const Step& step : steps) {
    if (!step.notes.empty()) widest = std::max(widest, width_of(step.words));
  }
  const size_t note_column =
      std::clamp(kNumberColumns + widest + 3, kColumns - kWidestNotes - kNarrowestNotes,
                 kColumns - kWidestNotes);
  std::string out;
  for (const Step& step : steps) {
    std::vector<std::string> notes;
    if (!step.notes.empty()) notes = wrapped_items(step.notes, kColumns - note_column);
    for (std::string& line : notes) line = style.strong(line);
    append_row(wrapped(step.words, kColumns - kNumberColumns), notes,
               fmt::format("{:>3}", step.number), note_column, out);
  }
  return out;
}

std::string call_in_words(const cloud::Call& call) {
  std::string out = fmt::format("#{}", call.id);
  if (call.request) {
    const ProviderRequest& request = *call.request;
    out += fmt::format(" {} {}", to_string(request.kind),
                       call.resource_name.empty() ? request.label : call.resource_name);
    // Tokens made in the same second begin alike, so their ends are shown.
    constexpr size_t kShown = 4;
    if (!request.token.empty()) {
      const size_t from = request.token.size() - std::min(kShown, request.token.size());
      out += " token …" + request.token.substr(from);
    }
    if (request.if_version) out += fmt::format(" if version {}", *request.if_version);
  }
  out += effect_words(call) + answer_words(call);
  if (!call.fault.empty()) out += fmt::format(" ({})", call.fault);
  return out;
}

std::vector<std::string> calls_in_words(const suite::CaseRecord& record,
                                        const std::vector<cloud::CallId>& ids) {
  std::vector<std::string> out;
  for (const cloud::CallId id : ids) {
    const auto found = std::ranges::find(record.calls, id, &cloud::Call::id);
    if (found != record.calls.end()) out.push_back(call_in_words(*found));
  }
  return out;
}

}  // namespace squall::report
