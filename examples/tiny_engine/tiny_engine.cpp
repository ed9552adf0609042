#include "examples/tiny_engine/tiny_engine.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "documents/generic_types.h"

namespace squall::examples {

namespace {

constexpr Duration kDeadline = std::chrono::seconds(30);  // for a call that nobody answers
constexpr int kMaxAttempts = 3;
constexpr Instant kStartOfTime = instant_at(1'735'689'600'000'000);  // ids carry a time

Traits tiny_traits() {
  Traits out;
  out.engine = "tiny";
  out.version = "1";
  out.patch_mode = false;
  out.crash = false;
  out.sync = false;
  out.simulate = false;
  out.replace = false;
  out.disk_full = false;
  out.unsettled_visible = false;
  out.max_attempts = kMaxAttempts;
  return out;
}

// What has to be said to the cloud so that `actual` has all that is wanted; null: not at all.
JsonArray difference(const JsonObject& actual, const JsonObject& wanted) {
  JsonArray out;
  for (const auto& [name, value] : wanted) {
    const std::string path = "/" + std::string(name);
    const Json* is = actual.if_contains(name);
    if (value.is_null()) {
      if (is != nullptr) out.push_back(JsonObject{{"op", "remove"}, {"path", path}});
    } else if (is == nullptr || !same(*is, value)) {
      out.push_back(JsonObject{{"op", "add"}, {"path", path}, {"value", value}});
    }
  }
  return out;
}

JsonObject without_nulls(const JsonObject& wanted) {
  JsonObject out;
  for (const auto& [name, value] : wanted)
    if (!value.is_null()) out.emplace(name, value);
  return out;
}

const DeclaredResource& wanted_in(const Forma& forma, const ResourceIdentity& identity) {
  return *std::ranges::find(forma.resources, identity, &DeclaredResource::identity);
}

bool is_not_there(const ProviderReply& reply) {
  return !reply.ok() && reply.error == ErrorCode::kNotFound;
}

}  // namespace

TinyEngine::TinyEngine(cloud::Cloud& cloud, Broken broken)
    : cloud_(cloud), broken_(broken), traits_(tiny_traits()) {}

Result<void> TinyEngine::reset(const EngineSetup& setup) {
  now_ = kStartOfTime;
  seed_ = setup.seed;
  ids_ = 0;
  rows_.clear();
  commands_.clear();
  commands_by_key_.clear();
  replies_.clear();
  return {};
}

// ---- requests

Ticket TinyEngine::start(const CommandRequest& request) {
  replies_.push_back(answer(request));
  return replies_.size() - 1;
}

CommandReply TinyEngine::answer(const CommandRequest& request) {
  const auto known = commands_by_key_.find(request.idempotency_key);
  if (known != commands_by_key_.end()) return Accepted{known->second};
  CommandView command;
  command.updates = plan(request);
  if (command.updates.empty()) return NothingToDo{};
  command.id = new_id();
  command.kind = request.kind;
  command.mode = request.mode;
  command.started = now_;
  carry_out(request, command);
  if (!request.idempotency_key.empty()) commands_by_key_[request.idempotency_key] = command.id;
  commands_[command.id] = command;
  return Accepted{command.id};
}

std::vector<ResourceUpdateView> TinyEngine::plan(const CommandRequest& request) {
  std::vector<ResourceUpdateView> out;
  const auto add = [&](const ResourceIdentity& identity, UpdateOperation operation) {
    const auto row = rows_.find(identity);
    ResourceUpdateView update;
    update.identity = identity;
    update.ksuid = row == rows_.end() ? new_id() : row->second.ksuid;
    update.operation = operation;
    out.push_back(std::move(update));
  };
  std::set<ResourceIdentity> listed;
  std::set<std::string> scope;
  for (const DeclaredStack& stack : request.forma.stacks) scope.insert(stack.label);
  for (const DeclaredResource& wanted : request.forma.resources) {
    listed.insert(wanted.identity);
    scope.insert(wanted.identity.stack);
    const auto row = rows_.find(wanted.identity);
    if (request.kind == CommandKind::kDestroy) {
      if (row != rows_.end()) add(wanted.identity, UpdateOperation::kDelete);
    } else if (row == rows_.end()) {
      add(wanted.identity, UpdateOperation::kCreate);
    } else if (!difference(row->second.properties, wanted.properties).empty()) {
      add(wanted.identity, UpdateOperation::kUpdate);
    }
  }
  if (request.kind == CommandKind::kDestroy) return out;
  for (const auto& [identity, row] : rows_)
    if (scope.contains(identity.stack) && !listed.contains(identity))
      add(identity, UpdateOperation::kDelete);
  return out;
}

void TinyEngine::carry_out(const CommandRequest& request, CommandView& command) {
  command.state = CommandState::kSuccess;
  for (ResourceUpdateView& update : command.updates) {
    ProviderReply last;
    if (update.operation == UpdateOperation::kCreate)
      last = create(command, wanted_in(request.forma, update.identity), update);
    if (update.operation == UpdateOperation::kUpdate)
      last = change(command, wanted_in(request.forma, update.identity), update);
    if (update.operation == UpdateOperation::kDelete) last = remove(command, update);
    update.state = last.ok() ? UpdateState::kSuccess : UpdateState::kFailed;
    if (last.ok()) continue;
    update.error = last.message;
    update.error_code = last.error;
    command.state = CommandState::kFailed;
  }
  command.ended = now_;
}

// ---- one update: docs/rules.md §7, each with its own budget of calls

ProviderReply TinyEngine::create(const CommandView& command, const DeclaredResource& wanted,
                                 ResourceUpdateView& update) {
  ProviderRequest request = request_for(command, update.identity, CallKind::kCreate);
  request.properties = without_nulls(wanted.properties);
  request.target = wanted.target;
  request.token = new_id();
  for (;;) {
    const ProviderReply reply = call(request);
    ++update.attempts;
    if (reply.ok()) keep(wanted, update, reply);
    if (!tries_again(reply, update.attempts)) return reply;
    if (broken_ == Broken::kCreatesTwiceAfterALostReply) request.token = new_id();
  }
}

// Looks before every call, so that one whose reply was lost is not made again.
ProviderReply TinyEngine::change(const CommandView& command, const DeclaredResource& wanted,
                                 ResourceUpdateView& update) {
  for (;;) {
    ProviderReply seen = look(command, update.identity);
    if (!seen.ok()) return seen;
    keep(wanted, update, seen);
    ProviderRequest request = request_for(command, update.identity, CallKind::kUpdate);
    request.patch = difference(seen.properties, wanted.properties);
    request.properties = without_nulls(wanted.properties);
    request.if_version = seen.version;
    if (request.patch.empty()) return seen;
    const ProviderReply reply = call(request);
    ++update.attempts;
    if (reply.ok()) keep(wanted, update, reply);
    if (!tries_again(reply, update.attempts)) return reply;
  }
}

// Looks before every call, too: an object that is gone need not be deleted again.
ProviderReply TinyEngine::remove(const CommandView& command, ResourceUpdateView& update) {
  for (;;) {
    ProviderReply seen = look(command, update.identity);
    if (is_not_there(seen)) break;
    if (!seen.ok()) return seen;
    ProviderRequest request = request_for(command, update.identity, CallKind::kDelete);
    request.if_version = seen.version;
    const ProviderReply reply = call(request);
    ++update.attempts;
    if (reply.ok() || is_not_there(reply)) break;
    if (!tries_again(reply, update.attempts)) return reply;
  }
  if (broken_ != Broken::kForgetsDeletes) rows_.erase(update.identity);
  return {};
}

ProviderReply TinyEngine::look(const CommandView& command, const ResourceIdentity& identity) {
  for (int attempts = 1;; ++attempts) {
    const ProviderReply reply = call(request_for(command, identity, CallKind::kRead));
    if (!tries_again(reply, attempts)) return reply;
  }
}

bool TinyEngine::tries_again(const ProviderReply& reply, int attempts) const {
  if (reply.ok() || attempts >= kMaxAttempts) return false;
  return is_recoverable(reply.error) || broken_ == Broken::kRetriesWhatIsFinal;
}

ProviderRequest TinyEngine::request_for(const CommandView& command,
                                        const ResourceIdentity& identity, CallKind kind) const {
  ProviderRequest out;
  out.kind = kind;
  out.type = identity.type;
  out.label = identity.label;
  out.caller = command.id;
  const auto row = rows_.find(identity);
  if (row == rows_.end()) return out;
  out.target = row->second.target;
  out.native_id = row->second.native_id;
  return out;
}

// One call, from its arrival to its answer, as the fault that hits it wishes: never executed, once,
// twice or late; answered with the truth, with something else, or not at all.
ProviderReply TinyEngine::call(const ProviderRequest& request) {
  const cloud::Cloud::Arrival arrival = cloud_.arrive(request, now_);
  const cloud::Delivery& delivery = arrival.delivery;
  const Instant arrived = now_;
  std::optional<ProviderReply> reply;
  for (const Duration after : delivery.execute_after) {
    now_ = arrived + after;
    ProviderReply truth = cloud_.execute(arrival.call, now_);
    if (!reply) reply = std::move(truth);
  }
  now_ = std::max(now_, arrived + delivery.answer_after.value_or(kDeadline));
  if (!delivery.answer_after)
    return ProviderReply::failure(ErrorCode::kDeadlineExceeded, "silence");
  if (delivery.answer_instead)
    reply = ProviderReply::failure(*delivery.answer_instead, delivery.words);
  cloud_.answered(arrival.call, *reply, true, now_);
  return *reply;
}

// ---- what it knows

void TinyEngine::keep(const DeclaredResource& wanted, const ResourceUpdateView& update,
                      const ProviderReply& shown) {
  InventoryRow& row = rows_[update.identity];
  row.identity = update.identity;
  row.ksuid = update.ksuid;
  row.target = wanted.target;
  if (!shown.native_id.empty()) row.native_id = shown.native_id;
  JsonObject properties;
  JsonObject read_only;
  const Schema& schema = *find_schema(cloud_.types(), update.identity.type);
  for (const auto& [name, value] : shown.properties)
    (schema.is_field(name) ? properties : read_only).emplace(name, value);
  row.properties = std::move(properties);
  row.read_only = std::move(read_only);
}

Ksuid TinyEngine::new_id() { return make_ksuid(now_, seed_, ++ids_); }

std::optional<CommandView> TinyEngine::status(const std::string& command_id) {
  const auto found = commands_.find(command_id);
  if (found == commands_.end()) return std::nullopt;
  return found->second;
}

std::vector<CommandView> TinyEngine::commands() {
  const auto all = std::views::values(commands_);
  return {all.begin(), all.end()};
}

std::vector<InventoryRow> TinyEngine::inventory() {
  const auto all = std::views::values(rows_);
  return {all.begin(), all.end()};
}

std::vector<std::string> TinyEngine::stacks() {
  std::set<std::string> out;
  for (const auto& [identity, row] : rows_) out.insert(identity.stack);
  return {out.begin(), out.end()};
}

// Nothing is ever under way: a condition that does not hold will not come to hold.
Waited TinyEngine::run_until(const std::function<bool()>& condition, Duration) {
  return condition() ? Waited::kConditionMet : Waited::kIdle;
}

}  // namespace squall::examples
