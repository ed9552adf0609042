// The small parts of ResourceUpdate: its calls, its commits, and what an outcome leaves behind.
#include <utility>

#include "base/check.h"
#include "engine/difference.h"
#include "engine/normal_form.h"
#include "engine/resource_update.h"
#include "engine/row_changes.h"

namespace squall::engine {

ProviderRequest ResourceUpdate::request(CallKind kind) const {
  ProviderRequest out;
  out.kind = kind;
  out.type = plan().identity.type;
  out.label = plan().identity.label;
  out.caller = record_.command;
  out.target = row_ ? row_->target : plan().target;
  if (row_ && kind != CallKind::kSettle) out.native_id = row_->native_id;
  return out;
}

ResourceRow ResourceUpdate::new_row() const {
  ResourceRow row;
  row.ksuid = plan().ksuid;
  row.identity = plan().identity;
  row.target = plan().target;
  return row;
}

Task<Asked> ResourceUpdate::ask(ProviderRequest request, Patience patience) {
  Task<Asked> asking = calls_.ask(std::move(request), patience);
  Asked asked = co_await std::move(asking);
  record_.attempts = asked.attempts;
  co_return asked;
}

Task<ProviderReply> ResourceUpdate::attempt(ProviderRequest request) {
  if (!mutation_) mutation_.emplace(core_.options, core_.env.monotonic_now());
  mutation_->count();
  const Duration deadline = mutation_->call_deadline(core_.env.monotonic_now());
  Task<ProviderReply> calling = calls_.send(std::move(request), deadline);
  ProviderReply reply = co_await std::move(calling);
  record_.attempts = mutation_->made();
  if (!reply.ok() && is_ambiguous(reply.error)) in_doubt_ = true;
  co_return reply;
}

Task<bool> ResourceUpdate::wait_for_another_attempt(ErrorCode error) {
  if (!mutation_->may_repeat(error, false, core_.env.monotonic_now())) co_return false;
  const Duration delay = mutation_->delay_after(error);
  Task<void> waiting = core_.sleep(delay);
  co_await std::move(waiting);
  co_return true;
}

Task<void> ResourceUpdate::commit_intent(Intent intent) {
  record_.intent = std::move(intent);
  record_.state = UpdateState::kInProgress;
  Task<void> committing = core_.commit_then_apply(batch());
  co_await std::move(committing);
}

// The update as it is now, and the row if this update has learned anything about it.
Batch ResourceUpdate::batch() const {
  Batch out;
  put(out, record_);
  const RowEntry* stored = core_.state.row(plan().ksuid);
  if (row_) {
    if (stored == nullptr || !same_row(*stored->row, *row_)) put(out, *row_);
  } else if (stored != nullptr) {
    remove_row(out, plan().ksuid);
  }
  return out;
}

// Without versions the documents must do.
bool ResourceUpdate::version_unchanged(const ProviderReply& reply) const {
  if (record_.intent->version > 0) return reply.version == record_.intent->version;
  return shows(schema_, reply, *row_->actual);
}

void ResourceUpdate::succeed_as_declared() {
  declare(schema_, command_->mode, *plan().desired, *resolved_, *row_);
  end(UpdateState::kSuccess);
}

void ResourceUpdate::succeed_without_row() {
  row_.reset();
  end(UpdateState::kSuccess);
}

void ResourceUpdate::fail(std::string_view what, const ProviderReply& reply) {
  record_.error = std::string(what) + ": " + std::string(to_string(reply.error));
  if (!reply.message.empty()) record_.error += ": " + reply.message;
  record_.error_code = reply.error;
  if (in_doubt_) leave_unsettled();
  end(UpdateState::kFailed);
}

void ResourceUpdate::reject(std::string_view why) {
  record_.error = why;
  end(UpdateState::kRejected);
}

void ResourceUpdate::end(UpdateState state) {
  SQUALL_CHECK(!is_terminal(record_.state));
  record_.state = state;
  record_.ended = core_.env.wall_now();
  record_.intent.reset();  // it has served its purpose; its documents are large
  if (row_) record_.native_id = row_->native_id;
}

// Nobody knows whether the call was applied. The row says so, with all that is needed to find out.
void ResourceUpdate::leave_unsettled() {
  SQUALL_CHECK(record_.intent.has_value());
  core_.env.mark("left-unsettled");
  const Intent& intent = *record_.intent;
  if (!row_) {
    SQUALL_CHECK(intent.operation == UpdateOperation::kCreate);
    row_ = new_row();
  }
  Unsettled unsettled;
  unsettled.operation = intent.operation;
  unsettled.token = intent.token;
  unsettled.wanted = intent.wanted;
  if (intent.operation != UpdateOperation::kDelete) {
    const Mode mode = command_->mode;
    unsettled.declared =
        make_document(declared_after(schema_, *row_->declared, *plan().desired, mode));
    unsettled.values =
        make_document(declared_after(schema_, *row_->values, *intent.resolved, mode));
  }
  row_->unsettled = std::move(unsettled);
}

}  // namespace squall::engine
