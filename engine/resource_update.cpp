#include "engine/resource_update.h"

#include <utility>

#include "base/check.h"
#include "engine/difference.h"
#include "engine/normal_form.h"
#include "engine/row_changes.h"

namespace squall::engine {

namespace {

std::optional<ResourceRow> row_of(const State& state, const Ksuid& ksuid) {
  const RowEntry* entry = state.row(ksuid);
  if (entry == nullptr) return std::nullopt;
  return *entry->row;
}

}  // namespace

ResourceUpdate::ResourceUpdate(Core& core, ProviderCalls& calls,
                               std::shared_ptr<const StoredCommand> command,
                               const std::shared_ptr<const StoredUpdate>& update)
    : core_(core),
      calls_(calls),
      command_(std::move(command)),
      schema_(core.schemas.of(update->plan->identity.type)),
      record_(*update),
      row_(row_of(core.state, update->plan->ksuid)),
      resumed_(record_.intent.has_value()),
      in_doubt_(resumed_) {
  SQUALL_CHECK(!is_terminal(record_.state));
}

Task<void> ResourceUpdate::run() {
  if (resumed_) core_.env.mark("recovery-resumed-intent");
  Task<void> story;
  switch (plan().operation) {
    case UpdateOperation::kCreate:
      story = create();
      break;
    case UpdateOperation::kUpdate:
      story = update();
      break;
    case UpdateOperation::kDelete:
      story = remove();
      break;
    case UpdateOperation::kRead:
      SQUALL_CHECK(false);  // the synchronizer's
  }
  co_await std::move(story);
  SQUALL_CHECK(is_terminal(record_.state));
}

// ---- create

Task<void> ResourceUpdate::create() {
  if (resumed_) {
    // What Settle had given may already have been on its way to being changed.
    resolved_ = record_.intent->resolved;
    Task<void> rest =
        record_.intent->operation == UpdateOperation::kCreate ? send_create() : update();
    co_await std::move(rest);
    co_return;
  }
  if (row_) {
    Task<bool> settling = settle_token();
    const bool is_settled = co_await std::move(settling);
    if (!is_settled) co_return;
  }
  Task<bool> resolving = resolve();
  const bool is_resolved = co_await std::move(resolving);
  if (!is_resolved) co_return;
  if (row_) {  // an earlier create had been applied after all
    Task<void> changing = change_what_is_there();
    co_await std::move(changing);
    co_return;
  }
  Intent intent;
  intent.operation = UpdateOperation::kCreate;
  intent.token = core_.new_id();
  intent.wanted = make_document(normal_form(schema_, *resolved_));
  intent.resolved = resolved_;
  Task<void> committing = commit_intent(std::move(intent));
  co_await std::move(committing);
  Task<void> sending = send_create();
  co_await std::move(sending);
}

Task<void> ResourceUpdate::send_create() {
  for (;;) {
    ProviderRequest creating = request(CallKind::kCreate);
    creating.properties = *record_.intent->wanted;
    creating.token = record_.intent->token;
    if (in_doubt_) core_.env.mark("create-retried-same-token");
    Task<ProviderReply> calling = attempt(std::move(creating));
    const ProviderReply reply = co_await std::move(calling);
    if (reply.ok()) {
      row_ = new_row();
      absorb(schema_, reply, *row_);
      succeed_as_declared();
      co_return;
    }
    // The object was made, and deleted since: nothing is left in doubt.
    if (reply.error == ErrorCode::kGone) in_doubt_ = false;
    Task<bool> waiting = wait_for_another_attempt(reply.error);
    const bool again = co_await std::move(waiting);
    if (!again) {
      fail("create", reply);
      co_return;
    }
    if (core_.planted(Plant::kLostCreateNewToken) && is_ambiguous(reply.error)) {
      record_.intent->token = core_.new_id();
    }
  }
}

// ---- update

Task<void> ResourceUpdate::update() {
  if (!row_) {  // only where a plant lost it: nobody may remove the row of a running update
    in_doubt_ = false;
    reject("it does not exist any more");
    co_return;
  }
  if (resumed_) {
    // The call may be in flight, applied, answered or never made: as after an ambiguous answer.
    resolved_ = record_.intent->resolved;
    Task<Next> deciding = read_and_decide();
    const Next next = co_await std::move(deciding);
    if (next == Next::kEnded) co_return;
  } else {
    Task<bool> reading = read_before_update();
    const bool goes_on = co_await std::move(reading);
    if (!goes_on) co_return;
    Task<bool> resolving = resolve();
    const bool is_resolved = co_await std::move(resolving);
    if (!is_resolved) co_return;
  }
  Task<void> changing = change_what_is_there();
  co_await std::move(changing);
}

// From what the row knows to be there now to what is wanted. Goes round once more for each drift
// that is to be overwritten; all rounds share one budget.
Task<void> ResourceUpdate::change_what_is_there() {
  for (;;) {
    Difference change = difference(schema_, *row_->actual, *resolved_, command_->mode);
    if (change.empty()) {
      succeed_as_declared();
      co_return;
    }
    Intent intent;
    intent.operation = UpdateOperation::kUpdate;
    intent.wanted = make_document(std::move(change.after));
    intent.resolved = resolved_;
    intent.version = row_->version;
    Task<void> committing = commit_intent(std::move(intent));
    co_await std::move(committing);
    Task<Next> sending = send_update(std::move(change.patch));
    const Next next = co_await std::move(sending);
    if (next == Next::kEnded) co_return;
    core_.env.mark("drift-overwritten-by-force");
  }
}

Task<ResourceUpdate::Next> ResourceUpdate::send_update(JsonArray patch) {
  for (;;) {
    ProviderRequest updating = request(CallKind::kUpdate);
    updating.patch = patch;
    updating.properties = normal_form(schema_, *resolved_);
    if (record_.intent->version > 0) updating.if_version = record_.intent->version;
    Task<ProviderReply> calling = attempt(std::move(updating));
    const ProviderReply reply = co_await std::move(calling);
    if (reply.ok()) {
      absorb(schema_, reply, *row_);
      succeed_as_declared();
      co_return Next::kEnded;
    }
    Task<bool> waiting = wait_for_another_attempt(reply.error);
    const bool again = co_await std::move(waiting);
    if (!again) {
      fail("update", reply);
      co_return Next::kEnded;
    }
    if (reply.error == ErrorCode::kThrottling)
      continue;  // nothing was applied, nobody was before us
    Task<Next> deciding = read_and_decide();
    const Next next = co_await std::move(deciding);
    if (next != Next::kSameCallAgain) co_return next;
  }
}

// After ResourceConflict, an ambiguous answer or a crash: was it applied, and is it still ours to
// apply?
Task<ResourceUpdate::Next> ResourceUpdate::read_and_decide() {
  Task<Asked> asking = ask(request(CallKind::kRead), Patience::kReadBeforeUpdate);
  const Asked asked = co_await std::move(asking);
  const ProviderReply& reply = asked.reply;
  if (!reply.ok() && reply.error != ErrorCode::kNotFound) {
    fail("read after the update", reply);
    co_return Next::kEnded;
  }
  in_doubt_ = false;
  if (!reply.ok()) {
    row_.reset();
    reject("it does not exist any more");
    co_return Next::kEnded;
  }
  core_.env.mark("conflict-read-decided");
  if (shows(schema_, reply, *record_.intent->wanted)) {
    absorb(schema_, reply, *row_);
    succeed_as_declared();
    co_return Next::kEnded;
  }
  if (version_unchanged(reply)) co_return Next::kSameCallAgain;
  absorb(schema_, reply, *row_);
  if (command_->force) co_return Next::kNewDifference;
  core_.env.mark("drift-rejected");
  reject("it was changed by somebody else meanwhile");
  co_return Next::kEnded;
}

// ---- delete

Task<void> ResourceUpdate::remove() {
  if (!row_) {  // only where a plant let two commands at one resource
    succeed_without_row();
    co_return;
  }
  if (row_->native_id.empty()) {
    Task<bool> settling = settle_token();
    const bool is_settled = co_await std::move(settling);
    if (!is_settled) co_return;
    if (!row_) {
      succeed_without_row();
      co_return;
    }
  }
  Task<bool> reading = read_before_delete();
  const bool is_there = co_await std::move(reading);
  if (!is_there) co_return;
  if (!resumed_) {
    Intent intent;
    intent.operation = UpdateOperation::kDelete;
    intent.version = row_->version;
    Task<void> committing = commit_intent(std::move(intent));
    co_await std::move(committing);
  }
  for (;;) {
    ProviderRequest deleting = request(CallKind::kDelete);
    if (row_->version > 0) deleting.if_version = row_->version;
    Task<ProviderReply> calling = attempt(std::move(deleting));
    const ProviderReply reply = co_await std::move(calling);
    if (reply.ok() || reply.error == ErrorCode::kNotFound) {
      succeed_without_row();
      co_return;
    }
    Task<bool> waiting = wait_for_another_attempt(reply.error);
    const bool again = co_await std::move(waiting);
    if (!again) {
      fail("delete", reply);
      co_return;
    }
    if (reply.error == ErrorCode::kThrottling) continue;
    Task<bool> looking = read_before_delete();
    const bool is_still_there = co_await std::move(looking);
    if (!is_still_there) co_return;
  }
}

// ---- steps

// An unsettled create: its token either made an object, which becomes the row's, or is void from
// now on, and with it the row.
Task<bool> ResourceUpdate::settle_token() {
  SQUALL_CHECK(row_->unsettled.has_value());
  ProviderRequest settling = request(CallKind::kSettle);
  settling.token = row_->unsettled->token;
  Task<Asked> asking = ask(std::move(settling), Patience::kPlain);
  const Asked asked = co_await std::move(asking);
  if (!asked.reply.ok()) {
    fail("settle", asked.reply);
    co_return false;
  }
  core_.env.mark("settled-after-lost-reply");
  if (asked.reply.native_id.empty()) {
    row_.reset();
  } else {
    settle_by_token(schema_, asked.reply, *row_);
  }
  co_return true;
}

Task<bool> ResourceUpdate::read_before_update() {
  Task<Asked> asking = ask(request(CallKind::kRead), Patience::kReadBeforeUpdate);
  const Asked asked = co_await std::move(asking);
  const ProviderReply& reply = asked.reply;
  if (!reply.ok() && reply.error == ErrorCode::kNotFound) {
    core_.env.mark("row-gone-on-read");
    row_.reset();
    reject("it does not exist any more");
    co_return false;
  }
  if (!reply.ok()) {
    fail("read", reply);
    co_return false;
  }
  bool drift = false;
  if (row_->unsettled) {
    core_.env.mark("settled-after-lost-reply");
    drift = settle_by_read(schema_, reply, *row_);
  } else {
    drift = !shows(schema_, reply, *row_->actual);
    absorb(schema_, reply, *row_);
  }
  if (!drift || command_->force) co_return true;
  core_.env.mark("drift-rejected");
  reject("it was changed by somebody else: apply again to overwrite that");
  co_return false;
}

Task<bool> ResourceUpdate::read_before_delete() {
  const bool planted = core_.planted(Plant::kThrottledReadIsNotFound);
  const Patience patience = planted ? Patience::kNotWhenThrottled : Patience::kPlain;
  Task<Asked> asking = ask(request(CallKind::kRead), patience);
  const Asked asked = co_await std::move(asking);
  const ProviderReply& reply = asked.reply;
  const bool taken_for_gone = planted && !reply.ok() && reply.error == ErrorCode::kThrottling;
  if (taken_for_gone || (!reply.ok() && reply.error == ErrorCode::kNotFound)) {
    succeed_without_row();
    co_return false;
  }
  if (!reply.ok()) {
    fail("read before the delete", reply);
    co_return false;
  }
  in_doubt_ = false;
  if (row_->unsettled) {
    core_.env.mark("settled-after-lost-reply");
    settle_by_read(schema_, reply, *row_);
  } else {
    absorb(schema_, reply, *row_);
  }
  co_return true;
}

// Bare values for every reference: from the committed rows of the producers that this command
// creates or updates, and by reading all others.
Task<bool> ResourceUpdate::resolve() {
  std::map<ResourceIdentity, JsonObject> read;
  for (const ReadProducer& producer : plan().producers) {
    const RowEntry* row = core_.state.row(producer.identity);
    const bool has_row = row != nullptr && !row->row->native_id.empty();
    ProviderRequest reading;
    reading.kind = CallKind::kRead;
    reading.type = producer.identity.type;
    reading.label = producer.identity.label;
    reading.caller = record_.command;
    reading.target = producer.target;
    reading.native_id = has_row ? row->row->native_id : producer.native_id;
    Task<Asked> asking = ask(std::move(reading), Patience::kPlain);
    Asked asked = co_await std::move(asking);
    if (!asked.reply.ok()) {
      fail("read of " + to_string(producer.identity), asked.reply);
      co_return false;
    }
    read.emplace(producer.identity, std::move(asked.reply.properties));
  }
  resolved_ =
      make_document(with_references_replaced(*plan().desired, [&](const Reference& reference) {
        return resolved_value(reference, read);
      }));
  co_return true;
}

std::optional<Json> ResourceUpdate::resolved_value(
    const Reference& reference, const std::map<ResourceIdentity, JsonObject>& read) const {
  const auto shown = read.find(reference.producer);
  if (shown != read.end()) {
    const Json* value = shown->second.if_contains(reference.property);
    return value == nullptr ? Json(nullptr) : *value;
  }
  if (const RowEntry* row = core_.state.row(reference.producer)) {
    if (const Json* value = row->row->actual->if_contains(reference.property)) return *value;
    if (const Json* value = row->row->read_only->if_contains(reference.property)) return *value;
  } else if (core_.planted(Plant::kCrashForgetsFailure)) {
    // The producer never came to be; what it was meant to be is taken for what it is.
    for (const auto& other : core_.state.command(record_.command)->updates) {
      if (other->plan->identity != reference.producer) continue;
      if (const Json* value = other->plan->desired->if_contains(reference.property)) return *value;
    }
  }
  return Json(nullptr);
}

}  // namespace squall::engine
