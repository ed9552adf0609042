// Where an engine keeps what it knows, what may go wrong there, and what was asked of it: the
// evidence of an engine whose store is not its own (a state backend with a lock).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace squall {

enum class StoreKind : uint8_t {
  kLocal,  // its own: a file or a database beside it
  kHttp,   // a server that others use too, and that has a lock
};
inline constexpr size_t kStoreKinds = 2;
std::string_view to_string(StoreKind kind);  // "local", "http"
Result<StoreKind> parse_store_kind(std::string_view text);

enum class StoreOperation : uint8_t { kLock, kRead, kWrite, kUnlock, kDelete };
inline constexpr size_t kStoreOperations = 5;
std::string_view to_string(StoreOperation operation);  // "lock", "read", …
Result<StoreOperation> parse_store_operation(std::string_view text);

enum class StoreFaultKind : uint8_t {
  kFails,      // not carried out, and the engine is told so
  kReplyLost,  // carried out; the connection is closed instead of an answer
  kSlow,       // carried out, and answered, after a delay
};
inline constexpr size_t kStoreFaultKinds = 3;
std::string_view to_string(StoreFaultKind kind);  // "fails", "reply-lost", "slow"
Result<StoreFaultKind> parse_store_fault_kind(std::string_view text);

// Strikes the nth call of that kind, from 1, that the next run of the engine makes.
struct StoreFault {
  StoreOperation operation = StoreOperation::kWrite;
  StoreFaultKind kind = StoreFaultKind::kFails;
  uint32_t nth = 1;
  Duration delay = Duration(0);  // of a slow one
  friend bool operator==(const StoreFault&, const StoreFault&) = default;
};

enum class StoreOutcome : uint8_t {
  kDone,
  kNoState,      // a read where nothing was written yet
  kAlreadyHeld,  // a lock that somebody holds
  kNotHolder,    // a write or unlock with the id of another lock than the one held
  kNotHeld,      // an unlock where there is no lock
  kMalformed,    // a lock or unlock without an id, a write that is no JSON
  kFailed,       // by a fault
};
inline constexpr size_t kStoreOutcomes = 7;
std::string_view to_string(StoreOutcome outcome);  // "done", "no-state", …

// One call, as the store saw it.
struct StoreCall {
  uint64_t sequence = 0;   // over all stores of the harness; numbered as they are carried out
  Duration arrived{};      // since the store's server started
  Duration carried_out{};  // the same
  std::string run{};       // who called: the id of the command, where the run was accepted as one
  StoreOperation call = StoreOperation::kRead;
  std::string lock_id{};             // what the call brought; empty: none
  std::string holder{};              // the id of the lock after the call; empty: not locked
  std::string operation{};           // of a lock: what for, in the engine's words
  std::optional<uint64_t> serial{};  // of the state read or written
  uint64_t digest = 0;               // of its text; 0: no state
  StoreOutcome outcome = StoreOutcome::kDone;
  int status = 0;  // what was answered, or would have been
  bool replied = true;
  std::optional<StoreFaultKind> fault{};
};

// What one run of an engine must tell of, because the store kept it from its end. In the order in
// which a run meets them: what comes first decides.
enum class StoreTrouble : uint8_t {
  kLockHeld,    // somebody else has the lock
  kLockFailed,  // it could not be asked for, or the answer was lost
  kReadFailed,  // what it starts from could not be read
  kSaveFailed,  // what it came to could not be saved, or nobody said that it was
  kUnlockFailed,
};
// calls: all of one run. nullopt: it was not in its way.
std::optional<StoreTrouble> trouble_of(std::span<const StoreCall> calls);

}  // namespace squall
