// The outcomes of ResourceUpdate, and what each leaves behind.
#include <utility>

#include "base/check.h"
#include "engine/difference.h"
#include "engine/normal_form.h"
#include "engine/resource_update.h"
#include "engine/row_changes.h"

namespace squall::engine {

ResourceRow ResourceUpdate::new_row() const {
  ResourceRow row;
  row.ksuid = plan().ksuid;
  row.identity = plan().identity;
  row.target = plan().target;
  row.declared = declared_before_;
  return row;
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

// Was the call not carried out, as far as a read tells? By the version; without one the documents
// must do.
bool ResourceUpdate::not_applied(const ProviderReply& reply) const {
  const Intent& intent = *record_.intent;
  if (intent.version > 0 && reply.version > 0) return reply.version == intent.version;
  return shows(schema_, reply, *row_->actual) && !shows(schema_, reply, *intent.wanted);
}

void ResourceUpdate::mark_write_only(const JsonArray& patch) const {
  for (const Json& operation : patch) {
    const boost::json::string& path = operation.get_object().at("path").get_string();
    if (schema_.hint(std::string_view(path).substr(1)).write_only) {
      core_.env.mark("write-only-sent");
    }
  }
}

// What was sent is what it declares: in a patch, with what it declared before.
void ResourceUpdate::succeed_as_created() {
  row_->declared = record_.intent->declared;
  row_->values = record_.intent->wanted;
  row_->echo = row_->actual;
  row_->is_declared = command_->mode == Mode::kReconcile;
  row_->unsettled.reset();
  if (plan().is_half_of_replace) core_.env.mark("replace-carried-out");
  end(UpdateState::kSuccess);
}

void ResourceUpdate::succeed_as_declared() {
  declare(schema_, command_->mode, plan().desired, resolved_, *row_);
  end(UpdateState::kSuccess);
}

void ResourceUpdate::succeed_as_deleted() {
  const bool keeps_row =
      plan().is_half_of_replace && row_ && !core_.planted(Plant::kReplaceDropsIdentity);
  if (keeps_row) {
    empty_out(*row_);
  } else {
    row_.reset();
  }
  end(UpdateState::kSuccess);
}

void ResourceUpdate::fail(std::string_view what, const ProviderReply& reply) {
  record_.error = std::string(what) + ": " + std::string(to_string(reply.error));
  if (!reply.message.empty()) record_.error += ": " + reply.message;
  record_.error_code = reply.error;
  if (plan().is_half_of_replace && plan().operation == UpdateOperation::kCreate) {
    core_.env.mark("replace-create-failed");
  }
  if (in_doubt_ && !core_.planted(Plant::kUnsettledForgotten)) leave_unsettled();
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
  unsettled.mode = command_->mode;
  unsettled.token = intent.token;
  unsettled.wanted = intent.wanted;
  if (intent.operation == UpdateOperation::kCreate) {
    unsettled.declared = intent.declared;
    unsettled.values = intent.wanted;
  } else if (intent.operation == UpdateOperation::kUpdate) {
    const Mode mode = command_->mode;
    unsettled.declared = declared_after(schema_, *row_->declared, plan().desired, mode);
    unsettled.values = declared_after(schema_, *row_->values, intent.resolved, mode);
  }
  row_->unsettled = std::move(unsettled);
}

}  // namespace squall::engine
