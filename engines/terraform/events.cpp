#include "engines/terraform/events.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "documents/enum_text.h"
#include "documents/reader.h"

namespace squall::terraform {
namespace {

constexpr EnumTable<Action, 12> kActions{{
    {Action::kNoop, "noop"},
    {Action::kCreate, "create"},
    {Action::kRead, "read"},
    {Action::kUpdate, "update"},
    {Action::kReplace, "replace"},
    {Action::kDelete, "delete"},
    {Action::kMove, "move"},
    {Action::kImport, "import"},
    {Action::kForget, "remove"},
    {Action::kOpen, "open"},
    {Action::kRenew, "renew"},
    {Action::kClose, "close"},
}};
static_assert(in_order(kActions));

constexpr EnumTable<Reason, 15> kReasons{{
    {Reason::kNone, ""},
    {Reason::kTainted, "tainted"},
    {Reason::kRequested, "requested"},
    {Reason::kReplaceTriggeredBy, "replace_triggered_by"},
    {Reason::kCannotUpdate, "cannot_update"},
    {Reason::kUnknown, "unknown"},
    {Reason::kNoResourceConfig, "delete_because_no_resource_config"},
    {Reason::kWrongRepetition, "delete_because_wrong_repetition"},
    {Reason::kCountIndex, "delete_because_count_index"},
    {Reason::kEachKey, "delete_because_each_key"},
    {Reason::kNoModule, "delete_because_no_module"},
    {Reason::kNoMoveTarget, "delete_because_no_move_target"},
    {Reason::kConfigUnknown, "read_because_config_unknown"},
    {Reason::kDependencyPending, "read_because_dependency_pending"},
    {Reason::kCheckNested, "read_because_check_nested"},
}};
static_assert(in_order(kReasons));

constexpr EnumTable<Phase, 4> kPhases{{
    {Phase::kStart, "start"},
    {Phase::kProgress, "progress"},
    {Phase::kComplete, "complete"},
    {Phase::kErrored, "errored"},
}};
static_assert(in_order(kPhases));

constexpr int64_t kMaxInteger = std::numeric_limits<int64_t>::max();

Result<Action> action_of(std::string_view text) { return value_in(kActions, text, "action"); }
Result<Reason> reason_of(std::string_view text) { return value_in(kReasons, text, "reason"); }

Result<std::string> address_in(const Reader& from, std::string_view key) {
  TRY(const Reader resource, from.at(key));
  return resource.non_empty_text("addr");
}

Result<Event> read_version(const Reader& line) {
  event::Version made;
  TRY(const std::optional<Reader> tofu, line.find("tofu"));
  made.is_tofu = tofu.has_value();
  TRY(made.version, line.non_empty_text(made.is_tofu ? "tofu" : "terraform"));
  TRY(made.ui, line.text("ui"));
  return made;
}

Result<Event> read_change(const Reader& line, bool is_drift) {
  TRY(const Reader change, line.at("change"));
  event::Change made;
  made.is_drift = is_drift;
  TRY(made.address, address_in(change, "resource"));
  TRY(made.action, change.chosen("action", action_of));
  TRY(made.reason, change.chosen_or("reason", reason_of, Reason::kNone));
  TRY(const std::optional<Reader> previous, change.find("previous_resource"));
  if (previous) {
    TRY(made.previous_address, previous->non_empty_text("addr"));
  }
  TRY(const std::optional<Reader> importing, change.find("importing"));
  if (importing) {
    TRY(made.import_id, importing->text_or("id", ""));
  }
  return made;
}

Result<Event> read_summary(const Reader& line) {
  TRY(const Reader changes, line.at("changes"));
  event::Summary made;
  TRY(made.add, changes.integer("add", 0, kMaxInteger));
  TRY(made.change, changes.integer("change", 0, kMaxInteger));
  TRY(made.remove, changes.integer("remove", 0, kMaxInteger));
  TRY(made.import, changes.integer_or("import", 0, 0, kMaxInteger));
  TRY(made.forget, changes.integer_or("forget", 0, 0, kMaxInteger));
  TRY(made.operation, changes.non_empty_text("operation"));
  return made;
}

Result<Event> read_outputs_line(const Reader& line) {
  event::Outputs made;
  TRY(const Reader outputs, line.at("outputs"));
  TRY(const std::vector<Reader::Member> members, outputs.members());
  for (const Reader::Member& member : members) {
    event::Output output;
    TRY(output.sensitive, member.value.boolean_or("sensitive", false));
    TRY(const std::optional<Reader> action, member.value.find("action"));
    if (action) {
      TRY(output.action, member.value.chosen("action", action_of));
    }
    if (const Json* value = squall::member(member.value.value(), "value")) output.value = *value;
    made.outputs.emplace(member.key, std::move(output));
  }
  return made;
}

Result<Event> read_apply(const Reader& line, Phase phase) {
  TRY(const Reader hook, line.at("hook"));
  event::Apply made;
  made.phase = phase;
  TRY(made.address, address_in(hook, "resource"));
  TRY(made.action, hook.chosen("action", action_of));
  TRY(made.id_key, hook.text_or("id_key", ""));
  TRY(made.id_value, hook.text_or("id_value", ""));
  TRY(made.elapsed_s, hook.integer_or("elapsed_seconds", 0, 0, kMaxInteger));
  return made;
}

Result<Event> read_refresh(const Reader& line, Phase phase) {
  TRY(const Reader hook, line.at("hook"));
  event::Refresh made;
  made.phase = phase;
  TRY(made.address, address_in(hook, "resource"));
  TRY(made.id_value, hook.text_or("id_value", ""));
  return made;
}

Result<Event> read_provision(const Reader& line, Phase phase) {
  TRY(const Reader hook, line.at("hook"));
  event::Provision made;
  made.phase = phase;
  TRY(made.address, address_in(hook, "resource"));
  TRY(made.provisioner, hook.text("provisioner"));
  TRY(made.output, hook.text_or("output", ""));
  return made;
}

Result<Event> read_ephemeral(const Reader& line, Phase phase) {
  TRY(const Reader hook, line.at("hook"));
  event::Ephemeral made;
  made.phase = phase;
  TRY(made.address, address_in(hook, "resource"));
  TRY(made.action, hook.chosen("action", action_of));
  return made;
}

Result<Event> read_complaint(const Reader& line) {
  TRY(const Reader diagnostic, line.at("diagnostic"));
  TRY(Diagnostic read, read_diagnostic(diagnostic.value()));
  return event::Complaint{std::move(read)};
}

Result<Event> read_log(const Reader& line) {
  event::Log made;
  TRY(made.level, line.text_or("@level", ""));
  TRY(made.message, line.text_or("@message", ""));
  return made;
}

// "apply_start": what and which phase of it.
Result<Event> read_phased(const Reader& line, std::string_view type) {
  const size_t underscore = type.rfind('_');
  if (underscore != std::string_view::npos) {
    const std::string_view what = type.substr(0, underscore);
    const auto phase = value_in(kPhases, type.substr(underscore + 1), "phase");
    if (phase && what == "apply") return read_apply(line, *phase);
    if (phase && what == "refresh") return read_refresh(line, *phase);
    if (phase && what == "provision") return read_provision(line, *phase);
    // The document says action, Terraform's code says op.
    const bool ephemeral = what == "ephemeral_op" || what == "ephemeral_action";
    if (phase && ephemeral) return read_ephemeral(line, *phase);
  }
  return line.wrong(fmt::format("a line of unknown type \"{}\"", type));
}

}  // namespace

std::string_view text_of(Action action) { return text_in(kActions, action); }
std::string_view text_of(Reason reason) { return text_in(kReasons, reason); }
std::string_view text_of(Phase phase) { return text_in(kPhases, phase); }

Result<Event> parse_event(std::string_view line) {
  TRY(const Json json, parse_json(line));
  const Reader reader(json);
  TRY(const std::string type, reader.non_empty_text("type"));
  if (type == "version") return read_version(reader);
  if (type == "planned_change") return read_change(reader, false);
  if (type == "resource_drift") return read_change(reader, true);
  if (type == "change_summary") return read_summary(reader);
  if (type == "outputs") return read_outputs_line(reader);
  if (type == "diagnostic") return read_complaint(reader);
  // The last two where that takes long: on a busy machine, or with a state elsewhere.
  const bool is_told = type == "log" || type == "init_output" || type == "state_lock_acquire" ||
                       type == "state_lock_release";
  if (is_told) return read_log(reader);
  return read_phased(reader, type);
}

}  // namespace squall::terraform
