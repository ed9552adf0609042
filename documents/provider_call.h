// What an engine asks of a provider and what comes back: the operations, the answers of
// outcomes.md, and their classes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/interned_text.h"
#include "base/result.h"
#include "documents/document.h"

namespace squall {

using StateVersion = int64_t;  // monotone per cloud object, from 1; 0: unknown

enum class CallKind { kCreate, kSettle, kRead, kUpdate, kDelete, kStatus, kList };
inline constexpr size_t kCallKinds = 7;
std::string_view to_string(CallKind kind);  // "create", "settle", …
Result<CallKind> parse_call_kind(std::string_view text);
// Create, Update, Delete: calls that may change the cloud.
bool is_mutation(CallKind kind);

enum class ErrorCode {
  // Definite: nothing was applied.
  kInvalidRequest,
  kNotUpdatable,
  kAccessDenied,
  kUnauthorizedTaggingOperation,
  kInvalidCredentials,
  kAlreadyExists,
  kNotFound,
  kResourceConflict,
  kThrottling,
  kServiceLimitExceeded,
  kDependencyFailure,
  kPluginNotFound,
  kGone,
  // Ambiguous: it may have been applied, wholly or in part, now or later.
  kNotStabilized,
  kServiceTimeout,
  kNetworkFailure,
  kServiceInternalError,
  kInternalFailure,
  kGeneralServiceException,
  kUnforeseenError,
  kDeadlineExceeded,
  kMalformedAnswer,
};
inline constexpr size_t kErrorCodes = 22;
std::string_view to_string(ErrorCode code);  // "InvalidRequest", …
Result<ErrorCode> parse_error_code(std::string_view text);

// outcomes.md, "Answers": may the call have been applied all the same?
bool is_ambiguous(ErrorCode code);
// outcomes.md, "Recoverable": is the call tried again? NotFound is recoverable in reads before an
// update only, which the caller says.
bool is_recoverable(ErrorCode code, bool read_before_update = false);

struct ProviderRequest {
  CallKind kind = CallKind::kRead;
  InternedText type;
  InternedText target;  // label of the target
  InternedText label;   // the resource's label, for logs and programmed responses
  std::string caller;   // id of the command this call is made for
  // Which life of the engine's process sent it, where the carrier knows: 1, 2, …; 0: it does not. A
  // message under way when the engine dies arrives in the next life, and is not of it.
  uint64_t connection = 0;
  NativeId native_id;   // read, update, delete, status
  Document properties;  // create and update: the whole desired document, bare values
  JsonArray patch;      // update: RFC 6902, applied by the cloud to its own state
  std::string token;    // create, settle: the client token
  std::optional<StateVersion> if_version;  // update, delete
  std::string request_id;                  // status
  std::string parent;                      // list: native id of the parent, for children
  std::string page_token;                  // list
};

enum class ReplyStatus { kSuccess, kInProgress, kFailure };
std::string_view to_string(ReplyStatus status);  // "success", "in-progress", "failure"

struct ListedObject {
  NativeId native_id;
  Document properties;
};

struct ProviderReply {
  ReplyStatus status = ReplyStatus::kSuccess;
  ErrorCode error = ErrorCode::kUnforeseenError;  // kFailure only
  std::string message;                            // kFailure only: in words
  NativeId native_id;                             // create, settle (empty: "none"), read, update
  Document properties;  // read, create, update, settle: all properties, also read-only ones
  StateVersion version = 0;
  std::string request_id;  // kInProgress
  std::vector<ListedObject> listed;
  std::string next_page;

  bool ok() const { return status == ReplyStatus::kSuccess; }
  static ProviderReply failure(ErrorCode code, std::string message);
};

}  // namespace squall
