#include "engine_under_test/store.h"

#include "documents/enum_text.h"

namespace squall {

namespace {

constexpr EnumTable<StoreKind, kStoreKinds> kKinds = {{
    {StoreKind::kLocal, "local"},
    {StoreKind::kHttp, "http"},
}};
static_assert(in_order(kKinds));

constexpr EnumTable<StoreOperation, kStoreOperations> kOperations = {{
    {StoreOperation::kLock, "lock"},
    {StoreOperation::kRead, "read"},
    {StoreOperation::kWrite, "write"},
    {StoreOperation::kUnlock, "unlock"},
    {StoreOperation::kDelete, "delete"},
}};
static_assert(in_order(kOperations));

constexpr EnumTable<StoreFaultKind, kStoreFaultKinds> kFaults = {{
    {StoreFaultKind::kFails, "fails"},
    {StoreFaultKind::kReplyLost, "reply-lost"},
    {StoreFaultKind::kSlow, "slow"},
}};
static_assert(in_order(kFaults));

constexpr EnumTable<StoreOutcome, kStoreOutcomes> kOutcomes = {{
    {StoreOutcome::kDone, "done"},
    {StoreOutcome::kNoState, "no-state"},
    {StoreOutcome::kAlreadyHeld, "already-held"},
    {StoreOutcome::kNotHolder, "not-holder"},
    {StoreOutcome::kNotHeld, "not-held"},
    {StoreOutcome::kMalformed, "malformed"},
    {StoreOutcome::kFailed, "failed"},
}};
static_assert(in_order(kOutcomes));

bool went_wrong(const StoreCall& call) {
  return !call.replied ||
         (call.outcome != StoreOutcome::kDone && call.outcome != StoreOutcome::kNoState);
}

}  // namespace

std::string_view to_string(StoreKind kind) { return text_in(kKinds, kind); }
Result<StoreKind> parse_store_kind(std::string_view text) {
  return value_in(kKinds, text, "kind of store");
}
std::string_view to_string(StoreOperation operation) { return text_in(kOperations, operation); }
Result<StoreOperation> parse_store_operation(std::string_view text) {
  return value_in(kOperations, text, "call of a store");
}
std::string_view to_string(StoreFaultKind kind) { return text_in(kFaults, kind); }
Result<StoreFaultKind> parse_store_fault_kind(std::string_view text) {
  return value_in(kFaults, text, "fault of a store");
}
std::string_view to_string(StoreOutcome outcome) { return text_in(kOutcomes, outcome); }

std::optional<StoreTrouble> trouble_of(std::span<const StoreCall> calls) {
  bool has_read = false;
  bool save_failed = false;  // the latest one: what is saved again after a failure is saved
  bool unlock_failed = false;
  for (const StoreCall& call : calls) {
    const bool is_wrong = went_wrong(call);
    switch (call.call) {
      case StoreOperation::kLock:
        if (call.outcome == StoreOutcome::kAlreadyHeld) return StoreTrouble::kLockHeld;
        if (is_wrong) return StoreTrouble::kLockFailed;
        break;
      case StoreOperation::kRead:
        if (is_wrong && !has_read) return StoreTrouble::kReadFailed;
        // Whoever saves for the first time looks again whether there is anything.
        if (is_wrong) save_failed = true;
        has_read = true;
        break;
      case StoreOperation::kWrite:
      case StoreOperation::kDelete:
        save_failed = is_wrong;
        break;
      case StoreOperation::kUnlock:
        unlock_failed = is_wrong;
        break;
    }
  }
  if (save_failed) return StoreTrouble::kSaveFailed;
  if (unlock_failed) return StoreTrouble::kUnlockFailed;
  return std::nullopt;
}

}  // namespace squall
