// Short ways to write requests, for the tests of this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/time.h"
#include "documents/generic_types.h"
#include "documents/provider_call.h"

namespace squall::cloud::testing {

inline Json json(std::string_view text) {
  Result<Json> value = parse_json(text);
  SQUALL_CHECK(value.has_value());
  return *std::move(value);
}
inline JsonObject object(std::string_view text) { return json(text).as_object(); }
inline JsonArray array(std::string_view text) { return json(text).as_array(); }

inline Instant at_ms(int64_t ms) { return instant_at(ms * 1000); }

// An object, and the patch that changes it.
constexpr std::string_view kA = R"({"Name":"a","Value":"1"})";
constexpr std::string_view kSetValue = R"([{"op":"replace","path":"/Value","value":"2"}])";

inline ProviderRequest create_request(std::string_view properties, std::string token = "") {
  ProviderRequest request;
  request.kind = CallKind::kCreate;
  request.type = kGenericResource;
  request.target = "t";
  request.properties = object(properties);
  request.token = std::move(token);
  return request;
}
inline ProviderRequest settle_request(std::string token) {
  ProviderRequest request;
  request.kind = CallKind::kSettle;
  request.type = kGenericResource;
  request.token = std::move(token);
  return request;
}
inline ProviderRequest request_for(CallKind kind, NativeId id,
                                   std::string_view type = kGenericResource) {
  ProviderRequest request;
  request.kind = kind;
  request.type = type;
  request.native_id = std::move(id);
  return request;
}
inline ProviderRequest read_request(NativeId id) {
  return request_for(CallKind::kRead, std::move(id));
}
inline ProviderRequest update_request(NativeId id, std::string_view patch,
                                      std::optional<StateVersion> if_version = std::nullopt) {
  ProviderRequest request = request_for(CallKind::kUpdate, std::move(id));
  request.patch = array(patch);
  request.if_version = if_version;
  return request;
}
inline ProviderRequest delete_request(NativeId id,
                                      std::optional<StateVersion> if_version = std::nullopt) {
  ProviderRequest request = request_for(CallKind::kDelete, std::move(id));
  request.if_version = if_version;
  return request;
}
inline ProviderRequest list_request(std::string_view type, NativeId parent = "",
                                    std::string page_token = "") {
  ProviderRequest request;
  request.kind = CallKind::kList;
  request.type = type;
  request.parent = std::move(parent);
  request.page_token = std::move(page_token);
  return request;
}

}  // namespace squall::cloud::testing
