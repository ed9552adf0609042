#include "documents/provider_call.h"

#include <utility>

#include "documents/enum_text.h"

namespace squall {

namespace {

constexpr EnumTable<CallKind, kCallKinds> kCallKindTexts = {{
    {CallKind::kCreate, "create"},
    {CallKind::kSettle, "settle"},
    {CallKind::kRead, "read"},
    {CallKind::kUpdate, "update"},
    {CallKind::kDelete, "delete"},
    {CallKind::kStatus, "status"},
    {CallKind::kList, "list"},
}};
static_assert(in_order(kCallKindTexts));

constexpr EnumTable<ErrorCode, kErrorCodes> kErrorCodeTexts = {{
    {ErrorCode::kInvalidRequest, "InvalidRequest"},
    {ErrorCode::kNotUpdatable, "NotUpdatable"},
    {ErrorCode::kAccessDenied, "AccessDenied"},
    {ErrorCode::kUnauthorizedTaggingOperation, "UnauthorizedTaggingOperation"},
    {ErrorCode::kInvalidCredentials, "InvalidCredentials"},
    {ErrorCode::kAlreadyExists, "AlreadyExists"},
    {ErrorCode::kNotFound, "NotFound"},
    {ErrorCode::kResourceConflict, "ResourceConflict"},
    {ErrorCode::kThrottling, "Throttling"},
    {ErrorCode::kServiceLimitExceeded, "ServiceLimitExceeded"},
    {ErrorCode::kDependencyFailure, "DependencyFailure"},
    {ErrorCode::kPluginNotFound, "PluginNotFound"},
    {ErrorCode::kGone, "Gone"},
    {ErrorCode::kNotStabilized, "NotStabilized"},
    {ErrorCode::kServiceTimeout, "ServiceTimeout"},
    {ErrorCode::kNetworkFailure, "NetworkFailure"},
    {ErrorCode::kServiceInternalError, "ServiceInternalError"},
    {ErrorCode::kInternalFailure, "InternalFailure"},
    {ErrorCode::kGeneralServiceException, "GeneralServiceException"},
    {ErrorCode::kUnforeseenError, "UnforeseenError"},
    {ErrorCode::kDeadlineExceeded, "DeadlineExceeded"},
    {ErrorCode::kMalformedAnswer, "MalformedAnswer"},
}};
static_assert(in_order(kErrorCodeTexts));

constexpr EnumTable<ReplyStatus, 3> kReplyStatusTexts = {{
    {ReplyStatus::kSuccess, "success"},
    {ReplyStatus::kInProgress, "in-progress"},
    {ReplyStatus::kFailure, "failure"},
}};
static_assert(in_order(kReplyStatusTexts));

}  // namespace

std::string_view to_string(CallKind kind) { return text_in(kCallKindTexts, kind); }
Result<CallKind> parse_call_kind(std::string_view text) {
  return value_in(kCallKindTexts, text, "kind of call");
}

bool is_mutation(CallKind kind) {
  return kind == CallKind::kCreate || kind == CallKind::kUpdate || kind == CallKind::kDelete;
}

std::string_view to_string(ErrorCode code) { return text_in(kErrorCodeTexts, code); }
Result<ErrorCode> parse_error_code(std::string_view text) {
  return value_in(kErrorCodeTexts, text, "error code");
}

std::string_view to_string(ReplyStatus status) { return text_in(kReplyStatusTexts, status); }

bool is_ambiguous(ErrorCode code) { return code >= ErrorCode::kNotStabilized; }

bool is_recoverable(ErrorCode code, bool read_before_update) {
  switch (code) {
    case ErrorCode::kNotFound:
      return read_before_update;
    case ErrorCode::kResourceConflict:
    case ErrorCode::kThrottling:
    case ErrorCode::kNotStabilized:
    case ErrorCode::kServiceInternalError:
    case ErrorCode::kServiceTimeout:
    case ErrorCode::kNetworkFailure:
    case ErrorCode::kInternalFailure:
    case ErrorCode::kDeadlineExceeded:
      return true;
    default:
      return false;
  }
}

ProviderReply ProviderReply::failure(ErrorCode code, std::string message) {
  ProviderReply reply;
  reply.status = ReplyStatus::kFailure;
  reply.error = code;
  reply.message = std::move(message);
  return reply;
}

}  // namespace squall
