#include "engine/synchronizer.h"

#include "base/check.h"
#include "engine/row_changes.h"

namespace squall::engine {

namespace {

constexpr size_t kSyncsRemembered = 100;

bool is_unsettled_create(const ResourceRow& row) { return row.native_id.empty(); }

// The row after what the provider said of it; nullopt inside: it goes. An error that says nothing
// of the resource leaves no conclusion at all.
struct Conclusion {
  bool told = false;
  std::optional<ResourceRow> row;
};
Conclusion conclude(Core& core, const ResourceRow& row, const ProviderReply& reply) {
  const Schema& schema = core.schemas.of(row.identity.type);
  if (is_unsettled_create(row)) {
    if (!reply.ok()) return {};
    if (reply.native_id.empty()) return {.told = true, .row = std::nullopt};
    Conclusion out{.told = true, .row = row};
    core.env.mark(mark_of(settle_by_token(schema, reply, *out.row)));
    return out;
  }
  if (!reply.ok() && reply.error == ErrorCode::kNotFound)
    return {.told = true, .row = std::nullopt};
  if (!reply.ok()) return {};
  Conclusion out{.told = true, .row = row};
  if (row.unsettled) {
    core.env.mark(mark_of(settle_by_read(schema, reply, *out.row)));
  } else if (core.planted(Plant::kDriftStaysDeclared)) {
    absorb(schema, reply, *out.row);
  } else {
    absorb_read(schema, reply, *out.row);
  }
  return out;
}

ResourceUpdateView update_view(const ResourceRow& row) {
  ResourceUpdateView view;
  view.identity = row.identity;
  view.ksuid = row.ksuid;
  view.operation = UpdateOperation::kRead;
  view.native_id = row.native_id;
  return view;
}

}  // namespace

Task<CommandReply> Synchronizer::start() {
  // Behind an admission that is being committed: its rows belong to it.
  co_await core_.admission.shared();
  if (core_.stopped()) co_await Forever{};
  const uint64_t number = next_number_++;
  Sync& sync = syncs_[number];
  sync.before_sequence = core_.state.next_sequence();
  sync.view.id = core_.new_id();
  sync.view.kind = CommandKind::kSync;
  sync.view.mode = Mode::kReconcile;
  sync.view.source = Source::kSynchronizer;
  sync.view.started = core_.env.wall_now();
  for (const RowEntry* entry : core_.state.rows()) {
    if (core_.state.is_in_command(entry->row->ksuid)) continue;
    // What a failed replacement left is no object.
    if (entry->row->native_id.empty() && !entry->row->unsettled) continue;
    sync.planned.push_back({entry->row, entry->revision});
    sync.view.updates.push_back(update_view(*entry->row));
  }
  core_.admission.release_shared();
  number_of_.emplace(sync.view.id, number);
  sync.open = sync.planned.size();
  sync.view.state = CommandState::kInProgress;
  if (sync.open == 0) {
    sync.view.state = CommandState::kSuccess;
    sync.view.ended = sync.view.started;
  }
  for (size_t i = 0; i < sync.planned.size(); ++i) core_.env.spawn(read_one(sync.view.id, i));
  const CommandReply reply = Accepted{sync.view.id};
  forget_oldest();
  co_return reply;
}

Task<void> Synchronizer::read_one(std::string id, size_t position) {
  const uint64_t number = number_of_.at(id);
  const Planned planned = syncs_.at(number).planned[position];
  syncs_.at(number).view.updates[position].state = UpdateState::kInProgress;
  const ResourceRow& row = *planned.row;
  Task<Asked> asking = calls_.ask(request_for(row, id), Patience::kPlain, row.version);
  const Asked asked = co_await std::move(asking);
  syncs_.at(number).view.updates[position].attempts = asked.attempts;

  Conclusion conclusion = conclude(core_, row, asked.reply);
  if (!conclusion.told) {
    ResourceUpdateView& view = syncs_.at(number).view.updates[position];
    view.error = "read: " + std::string(to_string(asked.reply.error)) + ": " + asked.reply.message;
    view.error_code = asked.reply.error;
    end(id, position, UpdateState::kFailed);
    co_return;
  }
  if (row.unsettled) core_.env.mark("settled-after-lost-reply");
  const bool changed = !conclusion.row || !same_row(*conclusion.row, row);
  if (changed) {
    if (conclusion.row)
      syncs_.at(number).view.updates[position].native_id = conclusion.row->native_id;
    Task<void> writing = write(planned, std::move(conclusion.row));
    co_await std::move(writing);
  }
  end(id, position, UpdateState::kSuccess);
}

Task<void> Synchronizer::write(Planned planned, std::optional<ResourceRow> row) {
  const Ksuid ksuid = planned.row->ksuid;
  co_await core_.admission.shared();
  if (may_write(planned)) {
    being_written_.insert(ksuid);
    Batch batch;
    if (row) {
      put(batch, std::move(*row));
    } else {
      remove_row(batch, ksuid);
    }
    Task<void> committing = core_.commit_then_apply(std::move(batch));
    co_await std::move(committing);
    being_written_.erase(ksuid);
  } else {
    core_.env.mark("sync-leaves-changed-row");
  }
  core_.admission.release_shared();
}

bool Synchronizer::may_write(const Planned& planned) const {
  const Ksuid& ksuid = planned.row->ksuid;
  const RowEntry* now = core_.state.row(ksuid);
  return now != nullptr && now->revision == planned.revision && !core_.state.is_in_command(ksuid) &&
         !being_written_.contains(ksuid);
}

Outgoing Synchronizer::request_for(const ResourceRow& row, const std::string& id) const {
  auto out = std::make_unique<ProviderRequest>();
  out->kind = is_unsettled_create(row) ? CallKind::kSettle : CallKind::kRead;
  out->type = row.identity.type;
  out->target = row.target;
  out->label = row.identity.label;
  out->caller = id;
  out->native_id = row.native_id;
  if (is_unsettled_create(row)) out->token = row.unsettled->token;
  return out;
}

void Synchronizer::end(const std::string& id, size_t position, UpdateState state) {
  Sync& sync = syncs_.at(number_of_.at(id));
  sync.view.updates[position].state = state;
  SQUALL_CHECK(sync.open > 0);
  if (--sync.open > 0) return;
  sync.planned.clear();
  sync.view.ended = core_.env.wall_now();
  sync.view.state = CommandState::kSuccess;
  for (const ResourceUpdateView& update : sync.view.updates) {
    if (update.state == UpdateState::kFailed) sync.view.state = CommandState::kFailed;
  }
}

void Synchronizer::forget_oldest() {
  while (syncs_.size() > kSyncsRemembered) {
    const auto oldest = syncs_.begin();
    if (oldest->second.open > 0) return;
    number_of_.erase(oldest->second.view.id);
    syncs_.erase(oldest);
  }
}

const CommandView* Synchronizer::view(const std::string& id) const {
  const auto found = number_of_.find(id);
  return found == number_of_.end() ? nullptr : &syncs_.at(found->second).view;
}

std::vector<std::pair<uint64_t, const CommandView*>> Synchronizer::views() const {
  std::vector<std::pair<uint64_t, const CommandView*>> out;
  out.reserve(syncs_.size());
  for (const auto& [number, sync] : syncs_) out.emplace_back(sync.before_sequence, &sync.view);
  return out;
}

}  // namespace squall::engine
