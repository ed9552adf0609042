#include "cloud/calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "documents/patch.h"

namespace squall::cloud {

namespace {

using RecordPointer = const ObjectRecord*;

// What a call is going to do, decided without doing it: a dry run stops here.
struct Verdict {
  enum class Action { kRefuse, kTell, kCreate, kUpdate, kDelete, kSettleAsNone, kList };
  Action action = Action::kRefuse;
  ErrorCode error = ErrorCode::kInvalidRequest;  // kRefuse
  std::string message;                           // kRefuse
  const Schema* schema = nullptr;                // kCreate, kSettleAsNone, kList
  RecordPointer object = nullptr;                // the object concerned, deleted or not
  std::shared_ptr<const JsonObject> next;        // kUpdate: all properties
  RecordPointer parent = nullptr;                // kList
  uint64_t start = 0;                            // kList
  bool charged = true;                           // counts against the rate limit
};

using Action = Verdict::Action;

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

// What a token is bound to, beside the type.
uint64_t request_digest(const ProviderRequest& request) {
  return combine(hash_text(request.target), squall::digest(request.properties));
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

Result<void> check_fields(const Schema& schema, const JsonObject& properties) {
  TRY_VOID(check_known(schema, properties));
  return check_required(schema, properties);
}

// The value at a hint's path: "Settings.Level" is Level inside Settings, but a key may itself hold
// dots, so the longest key that is there wins.
const Json* value_at(const JsonObject& object, std::string_view path) {
  if (const Json* whole = object.if_contains(path)) return whole;
  for (size_t dot = path.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = path.rfind('.', dot - 1)) {
    const Json* outer = object.if_contains(path.substr(0, dot));
    if (outer == nullptr || !outer->is_object()) continue;
    return value_at(outer->get_object(), path.substr(dot + 1));
  }
  return nullptr;
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

// The token decides before anything else, so that a repeated create never meets a limit that the
// first one passed. nullopt: the token is new, or there is none.
std::optional<Verdict> decide_by_token(const CloudState& state, const ProviderRequest& request) {
  if (request.token.empty()) return std::nullopt;
  const TokenRecord* token = state.find_token(request.token);
  if (token == nullptr) return std::nullopt;
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
  } else if (const ObjectRecord* object = state.find_alive(token->native_id)) {
    verdict = about(Action::kTell, token->schema, object);
  } else {
    verdict = refuse(ErrorCode::kGone,
                     fmt::format("{}, which the create token {} made, has been deleted",
                                 token->native_id, request.token),
                     state.find(token->native_id));
  }
  verdict.charged = false;
  return verdict;
}

Verdict decide_create(const Schema& schema, const ProviderRequest& request) {
  const Result<void> fields = check_fields(schema, request.properties);
  if (!fields) return refuse(ErrorCode::kInvalidRequest, fields.error().message);
  return about(Action::kCreate, &schema);
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
  // Void already, or made and deleted since: there is no object, and there never will be one.
  return about(Action::kTell, &schema,
               token->is_void ? nullptr : state.find_alive(token->native_id));
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

Verdict decide_update(const ProviderRequest& request, const ObjectRecord& object) {
  const Schema& schema = *object.schema;
  const JsonObject& before = *object.properties();
  JsonObject writable;
  for (const auto& entry : before) {
    if (schema.is_field(entry.key())) writable.insert(entry);
  }
  Result<Json> after = patched(std::move(writable), request.patch);
  if (!after) return refuse(ErrorCode::kInvalidRequest, after.error().message, &object);
  if (!after->is_object()) {
    return refuse(ErrorCode::kInvalidRequest, "the patch leaves no object", &object);
  }
  auto next = std::make_shared<JsonObject>(std::move(after->get_object()));
  const Result<void> known = check_known(schema, *next);
  if (!known) return refuse(ErrorCode::kInvalidRequest, known.error().message, &object);
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

Verdict decide(const Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
               Instant now) {
  const CloudState& state = truth.state;
  if (request.kind == CallKind::kCreate && behaviours.create_tokens) {
    if (std::optional<Verdict> known = decide_by_token(state, request)) return *std::move(known);
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
      return decide_create(*schema, request);
    case CallKind::kSettle:
      return decide_settle(state, behaviours, *schema, request);
    case CallKind::kList:
      return decide_list(state, *schema, request);
    case CallKind::kStatus:
      return refuse(ErrorCode::kServiceInternalError,
                    fmt::format("request id \"{}\" forgotten", request.request_id));
    case CallKind::kRead:
    case CallKind::kUpdate:
    case CallKind::kDelete:
      object = find_object(state, *schema, request, verdict);
      break;
  }
  if (object == nullptr) return verdict;
  if (request.kind == CallKind::kRead) return about(Action::kTell, schema, object);
  if (is_stale(behaviours, request, *object)) return stale(request, *object);
  if (request.kind == CallKind::kDelete) return about(Action::kDelete, schema, object);
  return decide_update(request, *object);
}

// An object as it is now, for the record of a call that leaves it so.
Change unchanged(const ObjectRecord* object) {
  Change change;
  if (object == nullptr) return change;
  change.native_id = object->native_id;
  if (!object->alive()) return change;
  change.version_before = change.version_after = object->version();
  change.before = change.after = object->properties();
  return change;
}

// The last step of an object's history as a change.
Change last_change(Effect effect, const ObjectRecord& object) {
  Change change;
  change.effect = effect;
  change.native_id = object.native_id;
  if (object.alive()) {
    change.version_after = object.version();
    change.after = object.properties();
  }
  if (object.history.size() > 1) {
    const ObjectVersion& before = object.history[object.history.size() - 2];
    change.version_before = before.version;
    change.before = before.properties;
  }
  return change;
}

ProviderReply told(const ObjectRecord* object, const Behaviours& behaviours) {
  ProviderReply reply;
  if (object == nullptr) return reply;
  reply.native_id = object->native_id;
  reply.properties = *object->properties();
  reply.version = behaviours.versions ? object->version() : 0;
  return reply;
}

ProviderReply listed(const CloudState& state, const Verdict& verdict,
                     const ProviderRequest& request) {
  const CloudState::Page page =
      state.list({verdict.schema, verdict.parent, request.target}, verdict.start, kListPageSize);
  ProviderReply reply;
  reply.listed.reserve(page.objects.size());
  for (const ObjectRecord* object : page.objects) {
    reply.listed.push_back({object->native_id, *object->properties()});
  }
  if (page.next != 0) reply.next_page = std::to_string(page.next);
  return reply;
}

Executed create_object(CloudState& state, const Behaviours& behaviours, const Schema& schema,
                       const ProviderRequest& request, Instant now) {
  const ObjectRecord& made = state.create(schema, request.target, request.properties, true, now);
  if (behaviours.create_tokens && !request.token.empty()) {
    state.bind_token(request.token, {&schema, request_digest(request), made.native_id, false});
  }
  return {told(&made, behaviours), last_change(Effect::kCreated, made)};
}

Executed update_object(CloudState& state, const Behaviours& behaviours, const Verdict& verdict,
                       Instant now) {
  const ObjectRecord& before = *verdict.object;
  if (same(*before.properties(), *verdict.next)) {
    return {told(&before, behaviours), unchanged(&before)};
  }
  const ObjectRecord& after = state.update(before.native_id, verdict.next, now);
  return {told(&after, behaviours), last_change(Effect::kUpdated, after)};
}

Executed perform(CloudState& state, const Behaviours& behaviours, const Verdict& verdict,
                 const ProviderRequest& request, Instant now) {
  switch (verdict.action) {
    case Action::kRefuse:
      return {ProviderReply::failure(verdict.error, verdict.message), unchanged(verdict.object)};
    case Action::kTell:
      return {told(verdict.object, behaviours), unchanged(verdict.object)};
    case Action::kCreate:
      return create_object(state, behaviours, *verdict.schema, request, now);
    case Action::kUpdate:
      return update_object(state, behaviours, verdict, now);
    case Action::kDelete:
      return {ProviderReply(),
              last_change(Effect::kDeleted, state.remove(verdict.object->native_id, now))};
    case Action::kSettleAsNone: {
      state.bind_token(request.token, {verdict.schema, 0, "", true});
      Change change;
      change.effect = Effect::kTokenVoided;
      return {ProviderReply(), std::move(change)};
    }
    case Action::kList:
      return {listed(state, verdict, request), Change()};
  }
  SQUALL_CHECK(false);
}

}  // namespace

Executed execute(Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
                 Instant now) {
  const Verdict verdict = decide(truth, behaviours, request, now);
  if (verdict.charged) {
    const bool taken = truth.rate.take(namespace_of(request.type), behaviours.rate_per_second, now);
    SQUALL_CHECK(taken);
  }
  return perform(truth.state, behaviours, verdict, request, now);
}

bool would_succeed(const Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
                   Instant now) {
  return decide(truth, behaviours, request, now).action != Action::kRefuse;
}

std::string resource_name(const CloudState& state, const ProviderRequest& request) {
  std::string name;
  if (request.kind == CallKind::kCreate) {
    name = name_in(request.properties);
  } else if (request.kind == CallKind::kSettle) {
    const TokenRecord* token = state.find_token(request.token);
    const ObjectRecord* object = token == nullptr ? nullptr : state.find(token->native_id);
    if (object != nullptr) name = object->name;
  } else if (const ObjectRecord* object = state.find(request.native_id)) {
    name = object->name;
  }
  return name.empty() ? request.label : name;
}

Result<Change> put(CloudState& state, const std::string& type, const std::string& target,
                   const JsonObject& properties, Instant now) {
  const Schema* schema = state.schema(type);
  if (schema == nullptr) {
    return fail(fmt::format("cannot put an object: this cloud knows no type \"{}\"", type));
  }
  const Result<void> fields = check_fields(*schema, properties);
  if (!fields) return fail(fmt::format("cannot put an object: {}", fields.error().message));
  return last_change(Effect::kCreated, state.create(*schema, target, properties, false, now));
}

Result<Change> patch(CloudState& state, const NativeId& id, const JsonArray& patch, Instant now) {
  const ObjectRecord* object = state.find_alive(id);
  if (object == nullptr)
    return fail(fmt::format("cannot patch \"{}\": there is no such object", id));
  const JsonObject& before = *object->properties();
  Result<Json> after = patched(before, patch);
  if (!after) return fail(fmt::format("cannot patch \"{}\": {}", id, after.error().message));
  if (!after->is_object()) return fail(fmt::format("cannot patch \"{}\": no object is left", id));
  auto next = std::make_shared<JsonObject>(std::move(after->get_object()));
  const Schema& schema = *object->schema;
  JsonObject writable;
  for (const auto& entry : *next) {
    // Read-only properties may drift as well, but none appears, and the id stays what it is.
    const Json* was = before.if_contains(entry.key());
    if (!schema.is_field(entry.key()) && was != nullptr) continue;
    writable.insert(entry);
  }
  const Result<void> fields = check_fields(schema, writable);
  if (!fields) return fail(fmt::format("cannot patch \"{}\": {}", id, fields.error().message));
  const Json* was_id = before.if_contains(schema.identifier);
  const Json* is_id = next->if_contains(schema.identifier);
  if (was_id != nullptr && (is_id == nullptr || *was_id != *is_id)) {
    return fail(fmt::format("cannot patch \"{}\": \"{}\" is its native id and cannot change", id,
                            schema.identifier));
  }
  if (same(before, *next)) return unchanged(object);
  return last_change(Effect::kUpdated, state.update(id, std::move(next), now));
}

Result<Change> remove(CloudState& state, const NativeId& id, Instant now) {
  if (state.find_alive(id) == nullptr) {
    return fail(fmt::format("cannot remove \"{}\": there is no such object", id));
  }
  return last_change(Effect::kDeleted, state.remove(id, now));
}

}  // namespace squall::cloud
