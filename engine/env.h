// Env: everything the reference engine may know of the world, and its only way to act on it. No
// clock, thread, socket, file or global generator exists for engine/ but through here; that is what
// makes simulation, crash injection and virtual time possible.
//
// All of it runs on one thread. A crash destroys every spawned Task; an Env never resumes a
// coroutine of an incarnation that is gone.
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "documents/provider_call.h"
#include "documents/schema.h"

namespace squall::engine {

struct Record;  // engine/records.h: what the store keeps

// One write of a batch. A null record deletes the key.
struct Write {
  std::string key;
  std::shared_ptr<const Record> record;
};
using Batch = std::vector<Write>;

// A call on its way out. A pointer, as it is handed through several coroutines, each of which would
// move it twice.
using Outgoing = std::unique_ptr<ProviderRequest>;

// What a provider announces of itself.
struct ProviderAnnouncement {
  std::vector<Schema> schemas;
  uint32_t rate_per_second = 0;  // calls per namespace and second the engine may send; 0: no limit
  bool versions = false;         // its answers carry state versions; false: perhaps not
  // How long after a change reads may show what was before it; 0: never.
  Duration consistency_window = Duration(0);
};

enum class Committed {
  kYes,
  kUnknown,   // or perhaps not: the engine must stop itself and let recovery decide
  kDiskFull,  // nothing was written: a request can be refused; an engine at work must stop itself
};

class Env {
 public:
  virtual ~Env() = default;

  virtual Instant wall_now() const = 0;       // may jump
  virtual Instant monotonic_now() const = 0;  // never goes back
  virtual Task<void> sleep(Duration how_long) = 0;

  // Visits every record of the store, in key order.
  virtual Task<Result<void>> load(
      std::function<void(const std::string& key, std::shared_ptr<const Record>)> visit) = 0;
  // Writes all of the batch durably, or none of it.
  virtual Task<Committed> commit(Batch batch) = 0;
  // The engine cannot go on (a commit failed). Never returns to the caller's coroutine in effect:
  // the engine must not act after it.
  virtual void stop(std::string reason) = 0;

  // Sends one call to the provider. Answers kDeadlineExceeded when nothing came within `deadline`.
  virtual Task<ProviderReply> call(Outgoing request, Duration deadline) = 0;
  virtual const ProviderAnnouncement& provider() const = 0;

  // Keeps a secret out of the store: the sealed text tells nothing about it, is the same for the
  // same secret, and opens again in every later life, with a key that the store does not hold.
  virtual std::string seal(std::string_view secret) = 0;
  virtual Result<std::string> open(std::string_view sealed) = 0;

  // Runs `work`, which may take long, changes nothing that others see and looks at nothing that
  // changes before this returns; seal() and open() are all that it may call of the Env. Where there
  // are threads it runs in another one, so that whoever asks for something meanwhile is answered.
  virtual Task<void> elsewhere(std::function<void()> work) {
    work();
    co_return;
  }

  virtual uint64_t random() = 0;
  // Runs a root task; Env owns it. It starts through the ready queue, not inside spawn().
  virtual void spawn(Task<void> task) = 0;
  // Resumes `waiting` from the ready queue, after what is already in it, at the same time.
  virtual void resume_soon(std::coroutine_handle<> waiting) = 0;

  // A named point of the engine's own story that a tester may count ("dependent-waits-for-commit").
  virtual void mark(std::string_view name) = 0;
};

}  // namespace squall::engine
