// Fault: the call is executed, and its answer comes in pieces. Variants: no native id; a negative
// version; no properties; "in progress" without a request id; version 0. Where an answer has no
// such part to lose (a delete's, one that is in progress), it is "in progress" without a request
// id. Settle's answer always has a negative version: without a native id it would say "none", which
// is a lie, and beyond the contract.
#include "cloud/calls.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace malformed_reply {
namespace {

enum Variant : uint32_t {
  kNoNativeId,
  kNegativeVersion,
  kNoProperties,
  kNoRequestId,
  kNoVersion,
  kVariants,
};

Variant variant_for(const FaultedCall& call, const ProviderReply& truth) {
  if (call.request.kind == CallKind::kSettle) return kNegativeVersion;
  const bool is_bare = truth.status == ReplyStatus::kInProgress || truth.native_id.empty();
  const auto wanted = static_cast<Variant>(call.effect.variant);
  // A cloud without versions says 0 by right.
  if (is_bare || (wanted == kNoVersion && !call.behaviours.versions)) return kNoRequestId;
  return wanted;
}

ProviderReply malformed(ProviderReply reply, Variant variant) {
  switch (variant) {
    case kNoNativeId:
      reply.native_id.clear();
      break;
    case kNegativeVersion:
      reply.version = -1;
      break;
    case kNoProperties:
      reply.properties = {};
      break;
    case kNoVersion:
      reply.version = 0;
      break;
    case kNoRequestId:
    case kVariants:
      reply = ProviderReply();
      reply.status = ReplyStatus::kInProgress;
      break;
  }
  return reply;
}

Executed execute_and_garble(const FaultedCall& call) {
  Executed out = execute(call.truth, call.behaviours, call.request, call.now);
  if (out.reply.status == ReplyStatus::kFailure) return out;
  out.said = malformed(out.reply, variant_for(call, out.reply));
  out.departed = true;
  return out;
}

}  // namespace
}  // namespace malformed_reply

const FaultKind& malformed_reply_fault() {
  static const FaultKind kKind = {
      .name = "malformed-reply",
      .summary = "The call is executed; its answer lacks parts, or has impossible ones.",
      .within_contract = true,
      .calls = {CallKind::kCreate, CallKind::kSettle, CallKind::kRead, CallKind::kUpdate,
                CallKind::kDelete},
      .matters = Matters::kByExecution,
      .execute = malformed_reply::execute_and_garble,
      .variants = malformed_reply::kVariants,
  };
  return kKind;
}

}  // namespace squall::cloud
