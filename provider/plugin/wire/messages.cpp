#include "provider/plugin/wire/messages.h"

#include <fmt/format.h>

#include <utility>

namespace squall::plugin::wire {

namespace {

// The protocol counts statuses and codes from 1, in the order in which they are declared here; 0 is
// what was not set. A test compares the names.
static_assert(static_cast<int>(ReplyStatus::kFailure) + 1 == v1::ANSWER_STATUS_FAILURE);
static_assert(static_cast<int>(ErrorCode::kMalformedAnswer) + 1 == v1::ERROR_CODE_MALFORMED_ANSWER);
static_assert(kErrorCodes == v1::ErrorCode_ARRAYSIZE - 1);

std::string text_of_array(const JsonArray& array) {
  return array.empty() ? std::string() : boost::json::serialize(array);
}

void write_subject(const ProviderRequest& request, v1::Subject* out) {
  out->set_type(request.type);
  out->set_target(request.target);
  out->set_label(request.label);
  out->set_caller(request.caller);
}

ProviderRequest read_subject(CallKind kind, const v1::Subject& subject) {
  ProviderRequest out;
  out.kind = kind;
  out.type = subject.type();
  out.target = subject.target();
  out.label = subject.label();
  out.caller = subject.caller();
  return out;
}

Result<JsonArray> read_patch(const std::string& text) {
  if (text.empty()) return JsonArray();
  Result<Json> parsed = parse_json(text);
  if (!parsed) return fail("the patch is no JSON: " + parsed.error().message);
  if (JsonArray* array = parsed->if_array()) return std::move(*array);
  return fail("the patch is no JSON array");
}

}  // namespace

Result<Document> read_document(const std::string& text, std::string_view what) {
  if (text.empty()) return Document();
  Result<Json> parsed = parse_json(text);
  if (!parsed) return fail(fmt::format("the {} are no JSON: {}", what, parsed.error().message));
  if (JsonObject* object = parsed->if_object()) return Document(std::move(*object));
  return fail(fmt::format("the {} are no JSON object", what));
}

std::string text_of_document(const JsonObject& document) {
  return document.empty() ? std::string() : boost::json::serialize(document);
}

void write(const ProviderRequest& request, v1::CreateRequest* out) {
  write_subject(request, out->mutable_subject());
  out->set_token(request.token);
  out->set_desired(text_of_document(request.properties));
}

void write(const ProviderRequest& request, v1::SettleRequest* out) {
  write_subject(request, out->mutable_subject());
  out->set_token(request.token);
}

void write(const ProviderRequest& request, v1::ReadRequest* out) {
  write_subject(request, out->mutable_subject());
  out->set_native_id(request.native_id);
}

void write(const ProviderRequest& request, v1::UpdateRequest* out) {
  write_subject(request, out->mutable_subject());
  out->set_native_id(request.native_id);
  out->set_desired(text_of_document(request.properties));
  out->set_patch(text_of_array(request.patch));
  if (request.if_version) out->set_if_version(*request.if_version);
}

void write(const ProviderRequest& request, v1::DeleteRequest* out) {
  write_subject(request, out->mutable_subject());
  out->set_native_id(request.native_id);
  if (request.if_version) out->set_if_version(*request.if_version);
}

void write(const ProviderRequest& request, v1::StatusRequest* out) {
  write_subject(request, out->mutable_subject());
  out->set_native_id(request.native_id);
  out->set_request_id(request.request_id);
}

void write(const ProviderRequest& request, v1::ListRequest* out) {
  write_subject(request, out->mutable_subject());
  out->set_parent(request.parent);
  out->set_page_token(request.page_token);
}

Result<ProviderRequest> read(const v1::CreateRequest& message) {
  ProviderRequest out = read_subject(CallKind::kCreate, message.subject());
  out.token = message.token();
  TRY(out.properties, read_document(message.desired(), "desired properties"));
  return out;
}

Result<ProviderRequest> read(const v1::SettleRequest& message) {
  ProviderRequest out = read_subject(CallKind::kSettle, message.subject());
  out.token = message.token();
  return out;
}

Result<ProviderRequest> read(const v1::ReadRequest& message) {
  ProviderRequest out = read_subject(CallKind::kRead, message.subject());
  out.native_id = message.native_id();
  return out;
}

Result<ProviderRequest> read(const v1::UpdateRequest& message) {
  ProviderRequest out = read_subject(CallKind::kUpdate, message.subject());
  out.native_id = message.native_id();
  TRY(out.properties, read_document(message.desired(), "desired properties"));
  TRY(out.patch, read_patch(message.patch()));
  if (message.has_if_version()) out.if_version = message.if_version();
  return out;
}

Result<ProviderRequest> read(const v1::DeleteRequest& message) {
  ProviderRequest out = read_subject(CallKind::kDelete, message.subject());
  out.native_id = message.native_id();
  if (message.has_if_version()) out.if_version = message.if_version();
  return out;
}

Result<ProviderRequest> read(const v1::StatusRequest& message) {
  ProviderRequest out = read_subject(CallKind::kStatus, message.subject());
  out.native_id = message.native_id();
  out.request_id = message.request_id();
  return out;
}

Result<ProviderRequest> read(const v1::ListRequest& message) {
  ProviderRequest out = read_subject(CallKind::kList, message.subject());
  out.parent = message.parent();
  out.page_token = message.page_token();
  return out;
}

void write(const ProviderReply& reply, v1::Answer* out) {
  out->set_status(static_cast<v1::AnswerStatus>(static_cast<int>(reply.status) + 1));
  if (reply.status == ReplyStatus::kFailure) {
    out->set_error(static_cast<v1::ErrorCode>(static_cast<int>(reply.error) + 1));
    out->set_message(reply.message);
  }
  out->set_native_id(reply.native_id);
  out->set_properties(text_of_document(reply.properties));
  out->set_version(reply.version);
  out->set_request_id(reply.request_id);
}

void write(const ProviderReply& reply, v1::ListAnswer* out) {
  write(reply, out->mutable_answer());
  for (const ListedObject& each : reply.listed) {
    v1::ListedObject& object = *out->add_objects();
    object.set_native_id(each.native_id);
    object.set_properties(text_of_document(each.properties));
  }
  out->set_next_page(reply.next_page);
}

Result<ProviderReply> read(CallKind kind, const v1::Answer& message) {
  ProviderReply out;
  if (message.status() < v1::ANSWER_STATUS_SUCCESS || message.status() > v1::ANSWER_STATUS_FAILURE)
    return fail(fmt::format("its status is {}", static_cast<int>(message.status())));
  out.status = static_cast<ReplyStatus>(message.status() - 1);
  if (out.status == ReplyStatus::kFailure) {
    const int code = message.error();
    if (code < 1 || code > static_cast<int>(kErrorCodes))
      return fail(fmt::format("it is a failure of the code {}", code));
    out.error = static_cast<ErrorCode>(code - 1);
    out.message = message.message();
  }
  out.native_id = message.native_id();
  TRY(out.properties, read_document(message.properties(), "properties in it"));
  out.version = message.version();
  out.request_id = message.request_id();
  if (out.version < 0) return fail(fmt::format("its version is {}", out.version));
  if (out.status == ReplyStatus::kInProgress && out.request_id.empty())
    return fail("it is in progress, and has no request id");
  if (kind == CallKind::kCreate && out.ok() && out.native_id.empty())
    return fail("it names no object that was created");
  return out;
}

Result<ProviderReply> read(CallKind kind, const v1::ListAnswer& message) {
  TRY(ProviderReply out, read(kind, message.answer()));
  out.listed.reserve(static_cast<size_t>(message.objects_size()));
  for (const v1::ListedObject& each : message.objects()) {
    if (each.native_id().empty()) return fail("an object in it has no native id");
    TRY(Document properties, read_document(each.properties(), "properties in it"));
    out.listed.push_back({.native_id = each.native_id(), .properties = std::move(properties)});
  }
  out.next_page = message.next_page();
  return out;
}

void write(const Description& description, v1::DescribeResponse* out) {
  out->set_name(description.name);
  for (const Schema& schema : description.schemas) out->add_schemas(one_line(to_json(schema)));
  out->set_rate_per_second(description.rate_per_second);
  v1::Traits& traits = *out->mutable_traits();
  traits.set_create_tokens(description.create_tokens);
  traits.set_versions(description.versions);
  traits.set_consistency_window_us(description.consistency_window.count());
}

Result<Description> read(const v1::DescribeResponse& message) {
  Description out;
  out.name = message.name();
  for (const std::string& text : message.schemas()) {
    const auto wrong = [&](const Error& error) {
      return fail(fmt::format("its schema number {}: {}", out.schemas.size() + 1, error.message));
    };
    const Result<Json> document = parse_json(text);
    if (!document) return wrong(document.error());
    Result<Schema> schema = parse_schema(*document);
    if (!schema) return wrong(schema.error());
    out.schemas.push_back(*std::move(schema));
  }
  out.rate_per_second = message.rate_per_second();
  out.create_tokens = message.traits().create_tokens();
  out.versions = message.traits().versions();
  out.consistency_window = Duration(message.traits().consistency_window_us());
  if (out.consistency_window >= Duration(0)) return out;
  return fail(fmt::format("its consistency window is {} us", out.consistency_window.count()));
}

}  // namespace squall::plugin::wire
