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
      declared_before_(row_ ? row_->declared : Document()),
      resumed_(record_.intent.has_value()),
      polls_first_(resumed_ && !record_.intent->request_id.empty()),
      heard_(row_ ? row_->version : 0),
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
    const bool is_create = record_.intent->operation == UpdateOperation::kCreate;
    if (is_create && core_.planted(Plant::kRecoveryNewToken)) {
      record_.intent->token = core_.new_id();
    }
    Task<void> rest = is_create ? send_create() : update();
    co_await std::move(rest);
    co_return;
  }
  if (row_ && row_->unsettled && !core_.planted(Plant::kSettleSkipped)) {
    Task<bool> settling = settle_token();
    const bool is_settled = co_await std::move(settling);
    if (!is_settled) co_return;
  }
  if (row_ && !row_->native_id.empty()) {  // an earlier create had been applied after all
    Task<bool> resolving = resolve(plan().desired);
    const bool is_resolved = co_await std::move(resolving);
    if (!is_resolved) co_return;
    Task<void> changing = change_what_is_there();
    co_await std::move(changing);
    co_return;
  }
  Intent intent;
  intent.operation = UpdateOperation::kCreate;
  const bool forgets = core_.planted(Plant::kPatchCreateForgets);
  const Mode mode = forgets ? Mode::kReconcile : command_->mode;
  intent.declared = declared_after(schema_, *declared_before_, plan().desired, mode);
  Task<bool> resolving = resolve(intent.declared);
  const bool is_resolved = co_await std::move(resolving);
  if (!is_resolved) co_return;
  intent.token = core_.new_id();
  intent.wanted = normal_form(schema_, resolved_);
  intent.resolved = resolved_;
  Task<void> committing = commit_intent(std::move(intent));
  co_await std::move(committing);
  Task<void> sending = send_create();
  co_await std::move(sending);
}

Task<void> ResourceUpdate::send_create() {
  for (;;) {
    Outgoing creating = request(CallKind::kCreate);
    creating->properties = *record_.intent->wanted;
    creating->token = record_.intent->token;
    if (in_doubt_ && !polls_first_) core_.env.mark("create-retried-same-token");
    Task<ProviderReply> calling = attempt(std::move(creating));
    const ProviderReply reply = co_await std::move(calling);
    if (reply.ok()) {
      if (!row_) row_ = new_row();
      absorb(schema_, reply, *row_);
      succeed_as_created();
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
    if (!polls_first_) {
      Task<Next> deciding = read_and_decide();
      const Next next = co_await std::move(deciding);
      if (next == Next::kEnded) co_return;
    }
  } else {
    Task<bool> reading = read_before_update();
    const bool goes_on = co_await std::move(reading);
    if (!goes_on) co_return;
    Task<bool> resolving = resolve(plan().desired);
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
    Difference change = difference(schema_, *row_->actual, *row_->values, *resolved_,
                                   command_->mode, core_.options.plants);
    if (change.empty() && !polls_first_) {
      succeed_as_declared();
      co_return;
    }
    mark_write_only(change.patch);
    // Where the call is under way already, its intent is what it was.
    if (!polls_first_) {
      Intent intent;
      intent.operation = UpdateOperation::kUpdate;
      intent.wanted = std::move(change.after);
      intent.resolved = resolved_;
      intent.version = row_->version;
      Task<void> committing = commit_intent(std::move(intent));
      co_await std::move(committing);
    }
    Task<Next> sending = send_update(std::move(change.patch));
    const Next next = co_await std::move(sending);
    if (next == Next::kEnded) co_return;
    core_.env.mark("drift-overwritten-by-force");
  }
}

Task<ResourceUpdate::Next> ResourceUpdate::send_update(JsonArray patch) {
  for (;;) {
    Outgoing updating = request(CallKind::kUpdate);
    updating->patch = patch;
    updating->properties = normal_form(schema_, resolved_);
    const bool has_version = record_.intent->version > 0;
    if (has_version && !core_.planted(Plant::kUpdateWithoutVersion)) {
      updating->if_version = record_.intent->version;
    }
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
  if (not_applied(reply)) co_return Next::kSameCallAgain;
  if (shows(schema_, reply, *record_.intent->wanted)) {
    absorb(schema_, reply, *row_);
    succeed_as_declared();
    co_return Next::kEnded;
  }
  absorb_read(schema_, reply, *row_);
  forget_write_only(schema_, *row_);
  if (command_->force) co_return Next::kNewDifference;
  core_.env.mark("drift-rejected");
  reject("it was changed by somebody else meanwhile");
  co_return Next::kEnded;
}

// ---- delete

Task<void> ResourceUpdate::remove() {
  // No row: only where a plant let two commands at one resource.
  if (row_ && row_->native_id.empty() && row_->unsettled) {
    Task<bool> settling = settle_token();
    const bool is_settled = co_await std::move(settling);
    if (!is_settled) co_return;
  }
  if (!row_ || row_->native_id.empty()) {  // it is no object
    succeed_as_deleted();
    co_return;
  }
  if (!polls_first_) {
    Task<bool> reading = read_before_delete();
    const bool is_there = co_await std::move(reading);
    if (!is_there) co_return;
  }
  if (!resumed_) {
    Intent intent;
    intent.operation = UpdateOperation::kDelete;
    intent.version = row_->version;
    Task<void> committing = commit_intent(std::move(intent));
    co_await std::move(committing);
  }
  Task<void> sending = send_delete();
  co_await std::move(sending);
}

Task<void> ResourceUpdate::send_delete() {
  for (;;) {
    Outgoing deleting = request(CallKind::kDelete);
    if (row_->version > 0) deleting->if_version = row_->version;
    Task<ProviderReply> calling = attempt(std::move(deleting));
    const ProviderReply reply = co_await std::move(calling);
    const bool is_gone =
        reply.error == ErrorCode::kNotFound && !core_.planted(Plant::kDeleteNotFoundIsFailure);
    if (reply.ok() || is_gone) {
      succeed_as_deleted();
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

}  // namespace squall::engine
