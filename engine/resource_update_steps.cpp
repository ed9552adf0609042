// The steps of ResourceUpdate, and how it talks to the provider.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/normal_form.h"
#include "engine/resource_update.h"
#include "engine/row_changes.h"
#include "engine/secrets.h"

namespace squall::engine {

// An unsettled create: its token either made an object, which becomes the row's, or is void from
// now on, and with it the row, unless that is what a failed replacement left: its identity is kept.
Task<bool> ResourceUpdate::settle_token() {
  SQUALL_CHECK(row_->unsettled.has_value());
  Outgoing settling = request(CallKind::kSettle);
  settling->token = row_->unsettled->token;
  Task<Asked> asking = ask(std::move(settling), Patience::kPlain);
  const Asked asked = co_await std::move(asking);
  if (!asked.reply.ok()) {
    fail("settle", asked.reply);
    co_return false;
  }
  core_.env.mark("settled-after-lost-reply");
  if (!asked.reply.native_id.empty()) {
    core_.env.mark(mark_of(settle_by_token(schema_, asked.reply, *row_)));
    calls_.note_change(row_->native_id);
  } else if (row_->declared->empty()) {
    row_.reset();
  } else {
    empty_out(*row_);
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
    const Settlement settlement = settle_by_read(schema_, reply, *row_);
    core_.env.mark(mark_of(settlement));
    drift = settlement == Settlement::kOther;
  } else {
    drift = absorb_read(schema_, reply, *row_);
  }
  if (!drift || command_->force || core_.planted(Plant::kDriftOverwritten)) co_return true;
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
    succeed_as_deleted();
    co_return false;
  }
  if (!reply.ok()) {
    fail("read before the delete", reply);
    co_return false;
  }
  in_doubt_ = false;
  if (row_->unsettled) {
    core_.env.mark("settled-after-lost-reply");
    core_.env.mark(mark_of(settle_by_read(schema_, reply, *row_)));
  } else {
    absorb_read(schema_, reply, *row_);
  }
  co_return true;
}

// Bare values for every reference: from the committed rows of the producers that this command
// creates or updates, and by reading all others.
Task<bool> ResourceUpdate::resolve(Document document) {
  std::map<ResourceIdentity, Document> read;
  for (const ReadProducer& producer : plan().producers) {
    if (core_.planted(Plant::kResolveTrustsRow)) break;
    const RowEntry* row = core_.state.row(producer.identity);
    Task<Asked> asking = calls_.ask(request_to_read(producer), Patience::kPlain,
                                    row == nullptr ? 0 : row->row->version);
    Asked asked = co_await std::move(asking);
    record_.attempts = asked.attempts;
    if (!asked.reply.ok()) {
      fail("read of " + to_string(producer.identity), asked.reply);
      co_return false;
    }
    read.emplace(producer.identity, std::move(asked.reply.properties));
  }
  if (!holds_reference(*document) && !has_secrets(schema_)) {
    resolved_ = std::move(document);
    co_return true;
  }
  JsonObject resolved = with_references_replaced(
      *document, [&](const Reference& reference) { return resolved_value(reference, read); });
  // What a reference brings into an Opaque field is a secret from there on.
  seal_resolved(core_.env, schema_, resolved);
  resolved_ = std::move(resolved);
  co_return true;
}

Outgoing ResourceUpdate::request_to_read(const ReadProducer& producer) const {
  const RowEntry* row = core_.state.row(producer.identity);
  const bool has_row = row != nullptr && !row->row->native_id.empty();
  auto out = std::make_unique<ProviderRequest>();
  out->kind = CallKind::kRead;
  out->type = producer.identity.type;
  out->label = producer.identity.label;
  out->caller = record_.command;
  out->target = producer.target;
  out->native_id = has_row ? row->row->native_id : producer.native_id;
  return out;
}

std::optional<Json> ResourceUpdate::resolved_value(
    const Reference& reference, const std::map<ResourceIdentity, Document>& read) const {
  const auto shown = read.find(reference.producer);
  if (shown != read.end()) {
    const Json* value = shown->second.if_contains(reference.property.text());
    return value == nullptr ? Json(nullptr) : *value;
  }
  if (const RowEntry* row = core_.state.row(reference.producer)) {
    if (const Json* value = row->row->actual->if_contains(reference.property.text())) return *value;
    if (const Json* value = row->row->read_only->if_contains(reference.property.text()))
      return *value;
  } else if (core_.planted(Plant::kCrashForgetsFailure)) {
    // The producer never came to be; what it was meant to be is taken for what it is.
    for (const auto& other : core_.state.command(record_.command)->updates) {
      if (other->plan->identity != reference.producer) continue;
      if (const Json* value = other->plan->desired->if_contains(reference.property.text()))
        return *value;
    }
  }
  return Json(nullptr);
}

// ---- calls

Outgoing ResourceUpdate::request(CallKind kind) const {
  auto out = std::make_unique<ProviderRequest>();
  out->kind = kind;
  out->type = plan().identity.type;
  out->label = plan().identity.label;
  out->caller = record_.command;
  out->target = row_ && kind != CallKind::kCreate ? row_->target : plan().target;
  if (row_ && kind != CallKind::kSettle) out->native_id = row_->native_id;
  return out;
}

Task<Asked> ResourceUpdate::ask(Outgoing request, Patience patience) {
  Task<Asked> asking = calls_.ask(std::move(request), patience, heard_);
  Asked asked = co_await std::move(asking);
  record_.attempts = asked.attempts;
  if (asked.reply.ok()) heard_ = std::max(heard_, asked.reply.version);
  co_return asked;
}

Task<ProviderReply> ResourceUpdate::attempt(Outgoing request) {
  if (!mutation_) mutation_.emplace(core_.options, core_.env.monotonic_now());
  const CallKind kind = request->kind;
  ProviderReply reply;
  if (std::exchange(polls_first_, false)) {
    core_.env.mark("poll-resumed-after-crash");
    reply.status = ReplyStatus::kInProgress;
    reply.request_id = record_.intent->request_id;
  } else {
    mutation_->count();
    const Duration deadline = mutation_->call_deadline(core_.env.monotonic_now());
    Task<ProviderReply> calling = calls_.send(std::move(request), deadline);
    reply = co_await std::move(calling);
  }
  if (reply.status == ReplyStatus::kInProgress) {
    if (record_.intent->request_id != reply.request_id) {
      Intent intent = *record_.intent;
      intent.request_id = reply.request_id;
      Task<void> committing = commit_intent(std::move(intent));
      co_await std::move(committing);
    }
    Task<ProviderReply> polling = poll(kind);
    reply = co_await std::move(polling);
  }
  record_.attempts = mutation_->made();
  const bool is_doubtful = !reply.ok() && is_ambiguous(reply.error);
  if (is_doubtful) in_doubt_ = true;
  if (reply.ok()) heard_ = std::max(heard_, reply.version);
  if (kind != CallKind::kDelete && (reply.ok() || is_doubtful)) {
    const bool is_known = row_ && reply.native_id.empty();
    calls_.note_change(is_known ? row_->native_id : reply.native_id);
  }
  co_return reply;
}

// Until the provider is done; gives the answer that counts as that of the call.
Task<ProviderReply> ResourceUpdate::poll(CallKind polled) {
  Attempts failures(core_.options, core_.env.monotonic_now());
  Duration wait = core_.options.status_check_interval;
  for (;;) {
    Task<void> waiting = core_.sleep(wait);
    co_await std::move(waiting);
    wait = core_.options.status_check_interval;
    Instant now = core_.env.monotonic_now();
    if (mutation_->expired(now)) {
      co_return ProviderReply::failure(ErrorCode::kDeadlineExceeded, "it was still in progress");
    }
    Outgoing asking = request(CallKind::kStatus);
    asking->request_id = record_.intent->request_id;
    Task<ProviderReply> sending = calls_.send(std::move(asking), mutation_->call_deadline(now));
    ProviderReply reply = co_await std::move(sending);
    if (reply.status == ReplyStatus::kInProgress) {
      if (!core_.planted(Plant::kProgressCostsAttempts)) continue;
      failures.count();
      if (failures.may_repeat(ErrorCode::kServiceTimeout, false, now)) continue;
      co_return ProviderReply::failure(ErrorCode::kUnforeseenError, "it is still in progress");
    }
    if (reply.ok()) {
      const char* missing = calls_.missing_in(polled, row_ ? row_->native_id : NativeId(), reply);
      if (missing != nullptr) {
        core_.env.mark("malformed-answer-heard");
        co_return ProviderReply::failure(ErrorCode::kMalformedAnswer,
                                         std::string("the answer has no ") + missing);
      }
      core_.env.mark("polled-to-completion");
      co_return reply;
    }
    if (reply.error == ErrorCode::kNotFound) {
      co_return ProviderReply::failure(
          ErrorCode::kUnforeseenError,
          "the provider does not know the request any more: " + reply.message);
    }
    failures.count();
    now = core_.env.monotonic_now();
    if (failures.may_repeat(reply.error, false, now)) {
      wait = failures.delay_after(reply.error);
      continue;
    }
    // That we may not ask says nothing of what was asked for.
    if (reply.error == ErrorCode::kThrottling) reply.error = ErrorCode::kServiceTimeout;
    co_return reply;
  }
}

Task<bool> ResourceUpdate::wait_for_another_attempt(ErrorCode error) {
  if (!mutation_->may_repeat(error, false, core_.env.monotonic_now())) co_return false;
  const Duration delay = mutation_->delay_after(error);
  Task<void> waiting = core_.sleep(delay);
  co_await std::move(waiting);
  // Whatever comes now is another call.
  record_.intent->request_id.clear();
  co_return true;
}

Task<void> ResourceUpdate::commit_intent(Intent intent) {
  record_.intent = std::move(intent);
  record_.state = UpdateState::kInProgress;
  if (core_.planted(Plant::kIntentNotDurable)) {
    while (core_.state_may_change.closed()) co_await core_.state_may_change.opening();
    core_.state.apply(batch());
    co_return;
  }
  Task<void> committing = core_.commit_then_apply(batch());
  co_await std::move(committing);
}

}  // namespace squall::engine
