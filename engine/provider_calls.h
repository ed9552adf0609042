// Calls to the provider: the rate limit they keep, how often they are tried, and how long the
// engine waits in between. docs/rules.md §7 "Budget".
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/task.h"
#include "base/time.h"
#include "documents/provider_call.h"
#include "engine/core.h"
#include "engine/engine.h"

namespace squall::engine {

// A token bucket per namespace: capacity = rate, refilled continuously, empty at the start of an
// incarnation. Integers throughout: its decisions must not depend on a machine's arithmetic.
class RateLimiter {
 public:
  explicit RateLimiter(Instant started) : started_(started) {}

  // Takes one token and says how long to wait before it may be used. The bucket may go into debt,
  // so that whoever asks first goes first and nobody needs a queue. 0 calls a second: no limit.
  Duration take(const std::string& name_space, uint32_t rate_per_second, Instant now);

 private:
  struct Bucket {
    int64_t level = 0;  // in millionths of a token; negative: promised to those who wait
    Instant filled;     // when `level` was right
  };
  Instant started_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

// Counts the calls of one provider operation in this incarnation, and says whether and when there
// may be another one.
class Attempts {
 public:
  Attempts(const Options& options, Instant started) : options_(options), started_(started) {}

  int made() const { return made_; }
  void count() { ++made_; }

  // May the call be made again after `error`? Not once the budget is spent, or the operation's
  // overall deadline would pass.
  bool may_repeat(ErrorCode error, bool read_before_update, Instant now) const;
  // Has the operation's overall deadline passed?
  bool expired(Instant now) const { return now - started_ >= options_.operation_deadline; }
  // How long to wait before that. REQUIRES: called once for each answer, in order.
  Duration delay_after(ErrorCode error);
  // The deadline of a call made now.
  Duration call_deadline(Instant now) const;

 private:
  const Options& options_;
  Instant started_;
  int made_ = 0;
  int throttled_in_a_row_ = 0;
};

enum class Patience {
  kPlain,
  kReadBeforeUpdate,  // NotFound is tried again: the object was there
  kNotWhenThrottled,  // for the plant that takes Throttling for an answer
};

struct Asked {
  ProviderReply reply;
  int attempts = 0;
};

class ProviderCalls {
 public:
  explicit ProviderCalls(Core& core) : core_(core), limiter_(core.env.monotonic_now()) {}

  // One call, once its token is there. Secrets are opened in what goes out and sealed in what comes
  // in; an answer that lacks what it must carry is kMalformedAnswer.
  Task<ProviderReply> send(Outgoing request, Duration deadline);
  // The same until it succeeds, ends for good, or its budget is spent; gives the last answer. For
  // calls that change nothing. at_least: the version a read must show at least, where reads may be
  // stale.
  Task<Asked> ask(Outgoing request, Patience patience, StateVersion at_least = 0);

  // The object was made or changed, perhaps only a moment ago. docs/rules.md §7 "stale reads".
  void note_change(const NativeId& native_id);
  // What an answer to a call of this kind lacks; nullptr: nothing. native_id: the object it was
  // about, where that was known.
  const char* missing_in(CallKind kind, const NativeId& native_id, const ProviderReply& reply);

 private:
  bool may_be_stale(const NativeId& native_id, const ProviderReply& reply, StateVersion at_least,
                    Instant asked) const;

  Core& core_;
  RateLimiter limiter_;
  std::map<NativeId, Instant> changed_;  // in this life; only where reads may be stale
};

}  // namespace squall::engine
