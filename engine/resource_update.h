// One resource's part in a command, told in straight lines: settle, read, compare, resolve, commit
// the intent, call, decide, until the outcome is known. docs/rules.md §7 is the story.
//
// The object lives in the frame of the task that awaits run(); it works on copies of its records,
// and commits whatever it learned together with its intent or its outcome.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "engine/core.h"
#include "engine/provider_calls.h"
#include "engine/records.h"

namespace squall::engine {

class ResourceUpdate {
 public:
  ResourceUpdate(Core& core, ProviderCalls& calls, std::shared_ptr<const StoredCommand> command,
                 const std::shared_ptr<const StoredUpdate>& update);

  // Runs to the outcome. Its intents are committed on the way, the outcome is not.
  Task<void> run();

  // After run(): the outcome, to be committed.
  Batch outcome() const { return batch(); }
  bool succeeded() const { return record_.state == UpdateState::kSuccess; }

 private:
  // What became of an update's call, or of the read after it.
  enum class Next { kEnded, kSameCallAgain, kNewDifference };

  // The stories (resource_update.cpp).
  Task<void> create();
  Task<void> send_create();
  Task<void> update();
  Task<void> change_what_is_there();
  Task<Next> send_update(JsonArray patch);
  Task<Next> read_and_decide();
  Task<void> remove();
  Task<void> send_delete();

  // The steps (resource_update_steps.cpp); each gives false once the outcome is known.
  Task<bool> settle_token();
  Task<bool> read_before_update();
  Task<bool> read_before_delete();
  // Fills in `resolved_` with `document`, bare values for its references.
  Task<bool> resolve(Document document);

  // Calls (resource_update_steps.cpp).
  Task<Asked> ask(Outgoing request, Patience patience);
  // One call of the mutation, which counts all its calls in `mutation_`, to its end: where the
  // provider is at work on it, it is polled.
  Task<ProviderReply> attempt(Outgoing request);
  Task<ProviderReply> poll(CallKind polled);
  Task<bool> wait_for_another_attempt(ErrorCode error);
  Task<void> commit_intent(Intent intent);

  // Outcomes (resource_update_outcome.cpp). Each may be reached once.
  void succeed_as_created();
  void succeed_as_declared();
  void succeed_as_deleted();
  void fail(std::string_view what, const ProviderReply& reply);
  void reject(std::string_view why);
  void end(UpdateState state);
  void leave_unsettled();

  const PlannedUpdate& plan() const { return *record_.plan; }
  std::optional<Json> resolved_value(const Reference& reference,
                                     const std::map<ResourceIdentity, Document>& read) const;
  Outgoing request(CallKind kind) const;
  Outgoing request_to_read(const ReadProducer& producer) const;
  ResourceRow new_row() const;
  Batch batch() const;
  bool not_applied(const ProviderReply& reply) const;
  void mark_write_only(const JsonArray& patch) const;

  Core& core_;
  ProviderCalls& calls_;
  const std::shared_ptr<const StoredCommand> command_;
  const Schema& schema_;
  StoredUpdate record_;
  std::optional<ResourceRow> row_;  // as this update believes it to be; none: it does not exist
  const Document declared_before_;  // what a create adds to
  const bool resumed_;              // an earlier incarnation committed an intent
  bool polls_first_ = false;        // its call is still under way at the provider
  Document resolved_;
  std::optional<Attempts> mutation_;
  StateVersion heard_ = 0;  // the newest version of the object that this update knows of
  // A call may have been applied, and nothing has told since whether it was.
  bool in_doubt_ = false;
};

}  // namespace squall::engine
