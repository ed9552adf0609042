#include "provider/cloud_server/wire/controller_messages.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "provider/plugin/wire/messages.h"

namespace squall::cloud_server {

namespace {

namespace v1 = controller_v1;
using plugin::wire::read_document;
using plugin::wire::text_of_document;

// Enumerations count from 1 on the wire, in the order in which they are declared here.
static_assert(static_cast<int>(CallKind::kList) + 1 == v1::CALL_KIND_LIST);
static_assert(kCallKinds == v1::CallKind_ARRAYSIZE - 1);
static_assert(static_cast<int>(cloud::LogPhase::kChanged) + 1 == v1::LOG_PHASE_CHANGED);
static_assert(static_cast<int>(cloud::Effect::kTokenVoided) + 1 == v1::EFFECT_TOKEN_VOIDED);
static_assert(static_cast<int>(cloud::LatencyModel::Kind::kLongTail) + 1 ==
              v1::LATENCY_KIND_LONG_TAIL);

template <class To, class From>
To shifted(From value) {
  return static_cast<To>(static_cast<int>(value) + 1);
}

// A value of an enumeration whose last value on the wire is `last`.
template <class To>
Result<To> chosen(std::string_view what, int value, int last) {
  if (value >= 1 && value <= last) return static_cast<To>(value - 1);
  return fail(value == 0 ? fmt::format("{} is not set", what)
                         : fmt::format("{} is {}, which means nothing", what, value));
}

Result<ErrorCode> read_code(int value) {
  return chosen<ErrorCode>("the code", value, static_cast<int>(kErrorCodes));
}

// A count or a number of things.
Result<uint32_t> read_count(std::string_view what, int64_t value) {
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  if (value >= 0 && value <= kMost) return static_cast<uint32_t>(value);
  return fail(fmt::format("{} is {}, and must be from 0 to {}", what, value, kMost));
}

Result<cloud::FaultEffect> read(const v1::FaultEffect& message) {
  cloud::FaultEffect out;
  out.kind = message.kind();
  if (message.has_code()) {
    TRY(out.code, read_code(message.code()));
  }
  out.delay = Duration(message.delay_us());
  TRY(out.variant, read_count("the variant", message.variant()));
  return out;
}

void write(const ProviderRequest& request, v1::Request* out) {
  out->set_kind(shifted<v1::CallKind>(request.kind));
  provider::v1::Subject& subject = *out->mutable_subject();
  subject.set_type(request.type);
  subject.set_target(request.target);
  subject.set_label(request.label);
  subject.set_caller(request.caller);
  out->set_connection(request.connection);
  out->set_native_id(request.native_id);
  out->set_properties(text_of_document(request.properties));
  if (!request.patch.empty()) out->set_patch(boost::json::serialize(request.patch));
  out->set_token(request.token);
  if (request.if_version) out->set_if_version(*request.if_version);
  out->set_request_id(request.request_id);
  out->set_parent(request.parent);
  out->set_page_token(request.page_token);
}

void write(const cloud::Change& change, v1::Change* out) {
  out->set_effect(shifted<v1::Effect>(change.effect));
  out->set_native_id(change.native_id);
  out->set_version_before(change.version_before);
  out->set_version_after(change.version_after);
  if (change.before != nullptr) out->set_before(text_of_document(*change.before));
  if (change.after != nullptr) out->set_after(text_of_document(*change.after));
}

}  // namespace

Result<CallKind> read(v1::CallKind message) {
  return chosen<CallKind>("the kind of call", message, static_cast<int>(kCallKinds));
}

Result<cloud::FaultRule> read(const v1::FaultRule& message) {
  cloud::FaultRule out;
  out.label = message.label();
  out.type = message.type();
  if (message.has_call()) {
    TRY(out.call, read(message.call()));
  }
  if (message.has_nth()) {
    TRY(out.nth, read_count("nth", message.nth()));
  }
  if (message.has_count()) {
    TRY(out.count, read_count("count", message.count()));
  }
  TRY(out.permille, read_count("permille", message.permille()));
  TRY(out.effect, read(message.effect()));
  return out;
}

Result<cloud::ProgrammedResponse> read(const v1::ProgramRequest& message) {
  cloud::ProgrammedResponse out;
  out.label = message.label();
  if (out.label.empty()) return fail("the label is empty: name the resource");
  TRY(out.call, read(message.call()));
  if (message.has_code()) {
    TRY(out.code, read_code(message.code()));
  }
  return out;
}

Result<cloud::Behaviours> read(const v1::Behaviours& message) {
  cloud::Behaviours out;
  if (message.has_create_tokens()) out.create_tokens = message.create_tokens();
  if (message.has_versions()) out.versions = message.versions();
  TRY(out.rate_per_second, read_count("rate_per_second", message.rate_per_second()));
  TRY(out.status_polls, read_count("status_polls", message.status_polls()));
  out.consistency_window = Duration(message.consistency_window_us());
  TRY(out.quota, read_count("the quota", message.quota()));
  out.referential_integrity = message.referential_integrity();
  out.unique_names = message.unique_names();
  out.normalises = message.normalises();
  if (!message.has_latency()) return out;
  TRY(out.latency.kind,
      chosen<cloud::LatencyModel::Kind>("the kind of latency", message.latency().kind(),
                                        v1::LATENCY_KIND_LONG_TAIL));
  out.latency.typical = Duration(message.latency().typical_us());
  return out;
}

Result<JsonArray> read_patch(const std::string& text) {
  Result<Json> parsed = parse_json(text);
  if (!parsed) return fail("the patch is no JSON: " + parsed.error().message);
  if (JsonArray* array = parsed->if_array()) return std::move(*array);
  return fail("the patch is no JSON array of RFC 6902 operations");
}

v1::CallKind write(CallKind kind) { return shifted<v1::CallKind>(kind); }

void write(const cloud::CloudObject& object, v1::CloudObject* out) {
  out->set_native_id(object.native_id);
  out->set_type(object.type);
  out->set_target(object.target);
  out->set_name(object.name);
  out->set_properties(text_of_document(object.properties));
  out->set_version(object.version);
  out->set_made_by_engine(object.made_by_engine);
}

void write(const cloud::LogRecord& record, v1::LogRecord* out) {
  out->set_sequence(record.sequence);
  out->set_time_us(microseconds_of(record.time));
  out->set_phase(shifted<v1::LogPhase>(record.phase));
  out->set_call(record.call);
  if (record.request != nullptr) write(*record.request, out->mutable_request());
  out->set_resource_name(record.resource_name);
  out->set_fault(record.fault);
  if (record.change) write(*record.change, out->mutable_change());
  if (record.reply != nullptr) plugin::wire::write(*record.reply, out->mutable_answer());
}

void write(const cloud::FaultTable& table, v1::FaultTableResponse* out) {
  for (const auto& [key, count] : table) {
    v1::FaultCount& row = *out->add_counts();
    row.set_fault(key.first);
    row.set_call(write(key.second));
    row.set_fired(count.fired);
    row.set_mattered(count.mattered);
  }
}

}  // namespace squall::cloud_server
