#include "cloud/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "cloud/integrity.h"
#include "cloud/paths.h"
#include "documents/patch.h"

namespace squall::cloud {

namespace {

using Action = Verdict::Action;
using RecordPointer = const ObjectRecord*;

Verdict refuse(ErrorCode error, std::string message, RecordPointer object = nullptr) {
  Verdict verdict;
  verdict.error = error;
  verdict.message = std::move(message);
  verdict.object = object;
  return verdict;
}

Verdict about(Action action, const Schema* schema, RecordPointer object = nullptr) {
  Verdict verdict;
  verdict.action = action;
  verdict.schema = schema;
  verdict.object = object;
  return verdict;
}

// Are all members fields of the type? An error in words otherwise.
Result<void> check_known(const Schema& schema, const JsonObject& properties) {
  for (const auto& entry : properties) {
    if (schema.is_field(entry.key())) continue;
    return fail(fmt::format("{} has no writable property \"{}\"", schema.type,
                            std::string_view(entry.key())));
  }
  return {};
}

// Are all required fields there?
Result<void> check_required(const Schema& schema, const JsonObject& properties) {
  for (const std::string& field : schema.fields) {
    if (!schema.hint(field).required) continue;
    const Json* value = properties.if_contains(field);
    if (value == nullptr || value->is_null()) {
      return fail(fmt::format("{} needs the property \"{}\"", schema.type, field));
    }
  }
  return {};
}

// The path of a CreateOnly field that differs; "" where none does.
std::string_view create_only_change(const Schema& schema, const JsonObject& before,
                                    const JsonObject& after) {
  for (const auto& [path, hint] : schema.hints) {
    if (!hint.create_only) continue;
    const Json* was = value_at(before, path);
    const Json* is = value_at(after, path);
    if ((was == nullptr) != (is == nullptr) || (was != nullptr && !same(*was, *is))) return path;
  }
  return "";
}

}  // namespace

uint64_t request_digest(const ProviderRequest& request) {
  return combine(hash_text(request.target), squall::digest(request.properties));
}

Result<void> check_fields(const Schema& schema, const JsonObject& properties) {
  TRY_VOID(check_known(schema, properties));
  return check_required(schema, properties);
}

namespace {

// What the cloud keeps of the properties it is given.
void normalise(const ResourceType& type, JsonObject& properties) {
  for (const std::string& path : type.lower_case) {
    const auto lower = [](Json& value) {
      boost::json::string* text = value.if_string();
      if (text == nullptr) return;
      for (char& c : *text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      }
    };
    edit_values(properties, path, [&](Json& value) {
      lower(value);
      if (JsonArray* array = value.if_array()) std::ranges::for_each(*array, lower);
    });
  }
  for (const std::string& path : type.sorted) {
    edit_values(properties, path, [](Json& value) {
      JsonArray* array = value.if_array();
      if (array == nullptr) return;
      // By an index: a Json is no cheap thing to swap, and the order must be one and the same.
      std::vector<std::pair<std::string, size_t>> order;
      for (size_t i = 0; i < array->size(); ++i) order.emplace_back(canonical((*array)[i]), i);
      std::ranges::sort(order);
      JsonArray sorted;
      for (const auto& [text, i] : order) sorted.push_back((*array)[i]);
      *array = std::move(sorted);
    });
  }
}

// What a create stores when all goes well: its properties, normalised, and the provider's defaults
// for what it left out.
std::shared_ptr<const JsonObject> stored(const ResourceType& type, const Behaviours& behaviours,
                                         const JsonObject& properties) {
  auto out = std::make_shared<JsonObject>(properties);
  for (const auto& entry : type.defaults) {
    Json& value = (*out)[entry.key()];
    if (value.is_null()) value = entry.value();
  }
  if (behaviours.normalises) normalise(type, *out);
  return out;
}

// The object a token made, if it is still that one.
RecordPointer made_by(const CloudState& state, const TokenRecord& token) {
  const ObjectRecord* object = state.find_alive(token.native_id);
  return object != nullptr && object->born == token.born ? object : nullptr;
}

// A create whose token made its object in part stores the rest, unless the object has changed
// since: then what is there is newer than the request.
Verdict decide_known_object(const CloudState& state, const Behaviours& behaviours,
                            const ProviderRequest& request, const TokenRecord& token,
                            const ObjectRecord& object) {
  if (!token.partly || object.version() != object.born) {
    return about(Action::kTell, token.schema, &object);
  }
  Verdict verdict = about(Action::kComplete, token.schema, &object);
  auto next = std::make_shared<JsonObject>(*object.properties());
  const auto whole = stored(state.resource_type(*token.schema), behaviours, request.properties);
  for (const auto& entry : *whole) (*next)[entry.key()] = entry.value();
  verdict.next = std::move(next);
  return verdict;
}

// The token decides before anything else, so that a repeated create never meets a limit that the
// first one passed. nullopt: the token is new, or there is none, or its create failed after all.
std::optional<Verdict> decide_by_token(const Truth& truth, const Behaviours& behaviours,
                                       const ProviderRequest& request) {
  if (request.token.empty()) return std::nullopt;
  const CloudState& state = truth.state;
  const TokenRecord* token = state.find_token(request.token);
  if (token == nullptr) return std::nullopt;
  const AsyncRequest* pending = truth.requests.find(token->request_id);
  Verdict verdict;
  if (token->is_void) {
    verdict = refuse(ErrorCode::kInvalidRequest,
                     fmt::format("the create token {} was settled as unused; it makes nothing any "
                                 "more",
                                 request.token));
  } else if (token->schema->type != request.type ||
             token->request_digest != request_digest(request)) {
    verdict = refuse(ErrorCode::kInvalidRequest,
                     fmt::format("the create token {} belongs to another request", request.token),
                     state.find(token->native_id));
  } else if (pending != nullptr && pending->polls_left > 0) {
    verdict = about(Action::kTellRequest, token->schema, made_by(state, *token));
    verdict.request_id = token->request_id;
  } else if (token->native_id.empty()) {
    return std::nullopt;
  } else if (const ObjectRecord* object = made_by(state, *token)) {
    verdict = decide_known_object(state, behaviours, request, *token, *object);
  } else {
    verdict = refuse(ErrorCode::kGone,
                     fmt::format("{}, which the create token {} made, has been deleted",
                                 token->native_id, request.token),
                     state.find(token->native_id));
  }
  verdict.charged = false;
  return verdict;
}

// What limits a create beyond its own properties: quota, names, integrity.
std::optional<Verdict> limit_create(const CloudState& state, const Behaviours& behaviours,
                                    const Schema& schema, const ProviderRequest& request,
                                    const JsonObject& properties) {
  if (behaviours.quota > 0) {
    const auto objects = state.live(schema);
    const auto held = std::ranges::count_if(
        objects, [&](const ObjectRecord* object) { return object->target == request.target; });
    if (held >= static_cast<int64_t>(behaviours.quota)) {
      return refuse(ErrorCode::kServiceLimitExceeded,
                    fmt::format("the target {} has {} objects of the type {}, and its quota is {}",
                                request.target, held, schema.type, behaviours.quota));
    }
  }
  const std::string name = name_in(properties);
  RecordPointer bearer = behaviours.unique_names ? bearer_of(state, schema, name) : nullptr;
  if (bearer == nullptr && state.resource_type(schema).id_is_name) bearer = state.find_alive(name);
  if (bearer != nullptr) {
    return refuse(ErrorCode::kAlreadyExists,
                  fmt::format("there is a {} named \"{}\" already", bearer->schema->type, name),
                  bearer);
  }
  if (!behaviours.referential_integrity) return std::nullopt;
  const std::string missing = missing_parent(state, schema, properties);
  if (missing.empty()) return std::nullopt;
  return refuse(ErrorCode::kInvalidRequest, missing);
}

Verdict decide_create(const CloudState& state, const Behaviours& behaviours, const Schema& schema,
                      const ProviderRequest& request) {
  const Result<void> fields = check_fields(schema, request.properties);
  if (!fields) return refuse(ErrorCode::kInvalidRequest, fields.error().message);
  const ResourceType& type = state.resource_type(schema);
  if (type.id_is_name && name_in(request.properties).empty()) {
    return refuse(ErrorCode::kInvalidRequest,
                  fmt::format("the Name of a {} is its native id, and must be a text that is not "
                              "empty",
                              schema.type));
  }
  Verdict verdict = about(Action::kCreate, &schema);
  verdict.next = stored(type, behaviours, request.properties);
  std::optional<Verdict> limited = limit_create(state, behaviours, schema, request, *verdict.next);
  return limited ? *std::move(limited) : verdict;
}

Verdict decide_delete(const CloudState& state, const Behaviours& behaviours,
                      const ObjectRecord& object) {
  const ObjectRecord* child = behaviours.referential_integrity ? child_of(state, object) : nullptr;
  if (child == nullptr) return about(Action::kDelete, object.schema, &object);
  return refuse(
      ErrorCode::kResourceConflict,
      fmt::format("{} cannot go while {} refers to it", object.native_id, child->native_id),
      &object);
}

Verdict decide_poll(const AsyncRequests& requests, const CloudState& state, const Schema& schema,
                    const ProviderRequest& request) {
  const AsyncRequest* known = requests.find(request.request_id);
  if (known != nullptr && known->schema == &schema) {
    return about(Action::kPoll, &schema, state.find(known->native_id));
  }
  return refuse(
      ErrorCode::kGeneralServiceException,
      fmt::format("request id \"{}\" is not known, or was forgotten", request.request_id));
}

Verdict decide_settle(const CloudState& state, const Behaviours& behaviours, const Schema& schema,
                      const ProviderRequest& request) {
  if (!behaviours.create_tokens) {
    return refuse(ErrorCode::kInvalidRequest, "this cloud keeps no create tokens to settle by");
  }
  if (request.token.empty()) {
    return refuse(ErrorCode::kInvalidRequest, "settle needs a create token, and has none");
  }
  const TokenRecord* token = state.find_token(request.token);
  if (token == nullptr) return about(Action::kSettleAsNone, &schema);
  if (token->schema != &schema) {
    return refuse(ErrorCode::kInvalidRequest,
                  fmt::format("the create token {} belongs to the type {}, not {}", request.token,
                              token->schema->type, request.type));
  }
  // An asynchronous create that is going to fail has made nothing, and makes nothing any more.
  if (!token->is_void && token->native_id.empty()) return about(Action::kSettleAsNone, &schema);
  // Void already, or made and deleted since: there is no object, and there never will be one.
  return about(Action::kTell, &schema, token->is_void ? nullptr : made_by(state, *token));
}

// The live object a read, update or delete means, in `verdict`'s place if there is none.
RecordPointer find_object(const CloudState& state, const Schema& schema,
                          const ProviderRequest& request, Verdict& verdict) {
  const ObjectRecord* object = state.find(request.native_id);
  if (object != nullptr && object->alive() && object->schema == &schema) return object;
  verdict = refuse(ErrorCode::kNotFound,
                   fmt::format("there is no {} \"{}\"", schema.type, request.native_id), object);
  return nullptr;
}

bool is_stale(const Behaviours& behaviours, const ProviderRequest& request,
              const ObjectRecord& object) {
  return behaviours.versions && request.if_version && *request.if_version != object.version();
}

Verdict stale(const ProviderRequest& request, const ObjectRecord& object) {
  return refuse(ErrorCode::kResourceConflict,
                fmt::format("{} has version {}, not {}", object.native_id, object.version(),
                            *request.if_version),
                &object);
}

Verdict decide_update(const CloudState& state, const Behaviours& behaviours, const JsonArray& patch,
                      const ObjectRecord& object) {
  const Schema& schema = *object.schema;
  const ResourceType& type = state.resource_type(schema);
  if (!type.updatable) {
    return refuse(ErrorCode::kNotUpdatable,
                  fmt::format("objects of the type {} cannot be updated", schema.type), &object);
  }
  const JsonObject& before = *object.properties();
  JsonObject writable;
  for (const auto& entry : before) {
    if (schema.is_field(entry.key())) writable.insert(entry);
  }
  Result<Json> after = patched(std::move(writable), patch);
  if (!after) return refuse(ErrorCode::kInvalidRequest, after.error().message, &object);
  if (!after->is_object()) {
    return refuse(ErrorCode::kInvalidRequest, "the patch leaves no object", &object);
  }
  auto next = std::make_shared<JsonObject>(std::move(after->get_object()));
  const Result<void> known = check_known(schema, *next);
  if (!known) return refuse(ErrorCode::kInvalidRequest, known.error().message, &object);
  if (behaviours.normalises) normalise(type, *next);
  for (const auto& entry : before) {
    if (!schema.is_field(entry.key())) next->insert(entry);
  }
  const std::string_view changed = create_only_change(schema, before, *next);
  if (!changed.empty()) {
    return refuse(
        ErrorCode::kNotUpdatable,
        fmt::format("\"{}\" of {} cannot change once it is created", changed, object.native_id),
        &object);
  }
  const Result<void> required = check_required(schema, *next);
  if (!required) return refuse(ErrorCode::kInvalidRequest, required.error().message, &object);
  Verdict verdict = about(Action::kUpdate, &schema, &object);
  verdict.next = std::move(next);
  return verdict;
}

std::optional<uint64_t> parse_page_token(const std::string& token) {
  if (token.empty()) return 0;
  uint64_t start = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), start);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return start;
}

Verdict decide_list(const CloudState& state, const Schema& schema, const ProviderRequest& request) {
  if (!schema.discoverable) {
    return refuse(ErrorCode::kInvalidRequest,
                  fmt::format("objects of the type {} cannot be listed", schema.type));
  }
  const std::optional<uint64_t> start = parse_page_token(request.page_token);
  if (!start) {
    return refuse(ErrorCode::kInvalidRequest,
                  fmt::format("\"{}\" is no page token of a list", request.page_token));
  }
  if (schema.parent.empty() != request.parent.empty()) {
    return refuse(
        ErrorCode::kInvalidRequest,
        schema.parent.empty()
            ? fmt::format("objects of the type {} have no parent", schema.type)
            : fmt::format("objects of the type {} are listed per parent; name one", schema.type));
  }
  Verdict verdict = about(Action::kList, &schema);
  verdict.start = *start;
  if (request.parent.empty()) return verdict;
  verdict.parent = state.find_alive(request.parent);
  if (verdict.parent != nullptr && verdict.parent->schema->type == schema.parent) return verdict;
  return refuse(ErrorCode::kNotFound, fmt::format("there is no {} \"{}\" to list the children of",
                                                  schema.parent, request.parent));
}

}  // namespace

Verdict decide(const Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
               Instant now) {
  const CloudState& state = truth.state;
  if (request.kind == CallKind::kCreate && behaviours.create_tokens) {
    if (auto known = decide_by_token(truth, behaviours, request)) return *std::move(known);
  }
  const Schema* schema = state.schema(request.type);
  if (schema == nullptr) {
    Verdict verdict = refuse(ErrorCode::kInvalidRequest,
                             fmt::format("this cloud knows no type \"{}\"", request.type));
    verdict.charged = false;
    return verdict;
  }
  if (!truth.rate.has_one(namespace_of(request.type), behaviours.rate_per_second, now)) {
    Verdict verdict = refuse(ErrorCode::kThrottling,
                             fmt::format("more than {} calls a second for the namespace {}",
                                         behaviours.rate_per_second, namespace_of(request.type)),
                             state.find(request.native_id));
    verdict.charged = false;
    return verdict;
  }
  Verdict verdict;
  RecordPointer object = nullptr;
  switch (request.kind) {
    case CallKind::kCreate:
      return decide_create(state, behaviours, *schema, request);
    case CallKind::kSettle:
      return decide_settle(state, behaviours, *schema, request);
    case CallKind::kList:
      return decide_list(state, *schema, request);
    case CallKind::kStatus:
      return decide_poll(truth.requests, state, *schema, request);
    case CallKind::kRead:
    case CallKind::kUpdate:
    case CallKind::kDelete:
      object = find_object(state, *schema, request, verdict);
      break;
  }
  if (object == nullptr) return verdict;
  if (request.kind == CallKind::kRead) return about(Action::kTell, schema, object);
  if (is_stale(behaviours, request, *object)) return stale(request, *object);
  if (request.kind == CallKind::kDelete) return decide_delete(state, behaviours, *object);
  return decide_update(state, behaviours, request.patch, *object);
}

Verdict decide_partial_update(const CloudState& state, const Behaviours& behaviours,
                              const ProviderRequest& request, const ObjectRecord& object,
                              size_t operations) {
  SQUALL_CHECK(operations <= request.patch.size());
  const auto end = request.patch.begin() + static_cast<std::ptrdiff_t>(operations);
  const JsonArray some(request.patch.begin(), end);
  return decide_update(state, behaviours, some, object);
}

}  // namespace squall::cloud
