#include "cloud/calls.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "cloud/paths.h"
#include "cloud/verdict.h"

namespace squall::cloud {

namespace {

using Action = Verdict::Action;

// WriteOnly values are kept and never shown.
Document shown(const Schema& schema, const std::shared_ptr<const JsonObject>& properties) {
  const bool all = std::none_of(schema.hints.begin(), schema.hints.end(),
                                [](const auto& entry) { return entry.second.write_only; });
  if (all) return properties;
  JsonObject out = *properties;
  for (const auto& [path, hint] : schema.hints) {
    if (hint.write_only) erase_values(out, path);
  }
  return out;
}

ProviderReply told(const ObjectRecord* object, const Behaviours& behaviours) {
  return object == nullptr ? ProviderReply() : told(*object, object->history.back(), behaviours);
}

ProviderReply listed(const CloudState& state, const Verdict& verdict,
                     const ProviderRequest& request) {
  const CloudState::Page page =
      state.list({verdict.schema, verdict.parent, request.target}, verdict.start, kListPageSize);
  ProviderReply reply;
  reply.listed.reserve(page.objects.size());
  for (const ObjectRecord* object : page.objects) {
    reply.listed.push_back({object->native_id, shown(*object->schema, object->properties())});
  }
  if (page.next != 0) reply.next_page = std::to_string(page.next);
  return reply;
}

ProviderReply in_progress(std::string request_id, const ObjectRecord* object, CallKind kind) {
  ProviderReply reply;
  reply.status = ReplyStatus::kInProgress;
  reply.request_id = std::move(request_id);
  // A created object's id is told when the create is done.
  if (object != nullptr && kind != CallKind::kCreate) reply.native_id = object->native_id;
  return reply;
}

// Where calls are asynchronous: the answer waits until it has been polled for. Returns the id of
// the request, or "".
std::string defer(Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
                  const ObjectRecord* object, ProviderReply& reply) {
  if (behaviours.status_polls == 0) return "";
  AsyncRequest deferred;
  deferred.kind = request.kind;
  deferred.schema = truth.state.schema(request.type);
  deferred.name = resource_name(truth, request);
  if (object != nullptr) deferred.native_id = object->native_id;
  deferred.polls_left = behaviours.status_polls;
  deferred.outcome = std::move(reply);
  std::string id = truth.requests.open(std::move(deferred));
  reply = in_progress(id, object, request.kind);
  return id;
}

void bind_token(CloudState& state, const Behaviours& behaviours, const ProviderRequest& request,
                TokenRecord record) {
  if (!behaviours.create_tokens || request.token.empty()) return;
  record.request_digest = request_digest(request);
  state.bind_token(request.token, std::move(record));
}

Executed create_object(Truth& truth, const Behaviours& behaviours, const Schema& schema,
                       const ProviderRequest& request, const JsonObject& properties, Instant now) {
  const ObjectRecord& made = truth.state.create(schema, request.target, properties, true, now);
  Executed out;
  out.reply = told(&made, behaviours);
  out.change = last_change(Effect::kCreated, made);
  TokenRecord token;
  token.schema = &schema;
  token.native_id = made.native_id;
  token.born = made.born;
  token.request_id = defer(truth, behaviours, request, &made, out.reply);
  bind_token(truth.state, behaviours, request, std::move(token));
  return out;
}

Executed update_object(Truth& truth, const Behaviours& behaviours, const Verdict& verdict,
                       Instant now) {
  const ObjectRecord* object = verdict.object;
  Executed out;
  if (same(*object->properties(), *verdict.next)) {
    out.change = unchanged(object);
  } else {
    object = &truth.state.update(object->native_id, verdict.next, now);
    out.change = last_change(Effect::kUpdated, *object);
  }
  out.reply = told(object, behaviours);
  return out;
}

Executed settle_as_none(CloudState& state, const Schema& schema, const ProviderRequest& request) {
  TokenRecord token;
  token.schema = &schema;
  token.is_void = true;
  state.bind_token(request.token, std::move(token));
  Executed out;
  out.change.effect = Effect::kTokenVoided;
  return out;
}

Executed poll(Truth& truth, const Verdict& verdict, const ProviderRequest& request) {
  AsyncRequest* known = truth.requests.find(request.request_id);
  SQUALL_CHECK(known != nullptr);
  if (known->polls_left > 0) --known->polls_left;
  Executed out;
  out.reply = known->polls_left > 0 ? in_progress(request.request_id, verdict.object, known->kind)
                                    : known->outcome;
  out.change = unchanged(verdict.object);
  return out;
}

Executed answer(ProviderReply reply, Change change) {
  Executed out;
  out.reply = std::move(reply);
  out.change = std::move(change);
  return out;
}

Executed perform(Truth& truth, const Behaviours& behaviours, const Verdict& verdict,
                 const ProviderRequest& request, Instant now) {
  CloudState& state = truth.state;
  Executed out;
  switch (verdict.action) {
    case Action::kRefuse:
      return answer(ProviderReply::failure(verdict.error, verdict.message),
                    unchanged(verdict.object));
    case Action::kTell:
      return answer(told(verdict.object, behaviours), unchanged(verdict.object));
    case Action::kTellRequest:
      return answer(in_progress(verdict.request_id, nullptr, CallKind::kCreate),
                    unchanged(verdict.object));
    case Action::kCreate:
      return create_object(truth, behaviours, *verdict.schema, request, *verdict.next, now);
    case Action::kComplete:
      return update_object(truth, behaviours, verdict, now);
    case Action::kUpdate:
      out = update_object(truth, behaviours, verdict, now);
      defer(truth, behaviours, request, state.find(request.native_id), out.reply);
      return out;
    case Action::kDelete:
      out.change = last_change(Effect::kDeleted, state.remove(verdict.object->native_id, now));
      defer(truth, behaviours, request, state.find(request.native_id), out.reply);
      return out;
    case Action::kSettleAsNone:
      return settle_as_none(state, *verdict.schema, request);
    case Action::kPoll:
      return poll(truth, verdict, request);
    case Action::kList:
      return answer(listed(state, verdict, request), Change());
  }
  SQUALL_CHECK(false);
}

// Of a create's properties: those it cannot be without, or cannot get later, and half of the rest.
JsonObject some_of(const Schema& schema, const JsonObject& properties) {
  const auto is_needed = [&](const std::string& field) {
    const FieldHint& own = schema.hint(field);
    if (own.required || own.required_on_create) return true;
    if (own.write_only) return true;  // that it is missing, nobody could ever see
    for (const auto& [path, hint] : schema.hints) {
      if (hint.create_only && (path == field || path.starts_with(field + "."))) return true;
    }
    return false;
  };
  JsonObject out;
  std::vector<std::string> rest;
  for (const std::string& field : schema.fields) {
    const Json* value = properties.if_contains(field);
    if (value == nullptr) continue;
    if (is_needed(field)) {
      out[field] = *value;
    } else {
      rest.push_back(field);
    }
  }
  for (size_t i = 0; i < rest.size() / 2; ++i) out[rest[i]] = properties.at(rest[i]);
  return out;
}

Executed create_partly(Truth& truth, const Behaviours& behaviours, const Verdict& verdict,
                       const ProviderRequest& request, Instant now) {
  const Schema& schema = *verdict.schema;
  const ObjectRecord& made =
      truth.state.create(schema, request.target, some_of(schema, *verdict.next), true, now);
  Executed out;
  out.change = last_change(Effect::kCreated, made);
  TokenRecord token;
  token.schema = &schema;
  token.native_id = made.native_id;
  token.born = made.born;
  token.partly = true;
  bind_token(truth.state, behaviours, request, std::move(token));
  return out;
}

bool is_write_only(const Schema& schema, const Json& operation) {
  const std::string path = text_of(operation, "path");
  return std::ranges::any_of(schema.hints, [&](const auto& entry) {
    std::string pointer = "/" + entry.first;
    std::ranges::replace(pointer, '.', '/');
    return entry.second.write_only && path == pointer;
  });
}

// As many operations as are half of them, or one of one; fewer where those alone make no sense.
Executed update_partly(Truth& truth, const Behaviours& behaviours, const Verdict& verdict,
                       const ProviderRequest& request, Instant now) {
  // What nobody can see comes first: that the rest is missing shows.
  ProviderRequest sorted = request;
  sorted.patch.clear();
  JsonArray visible;
  for (const Json& operation : request.patch)
    (is_write_only(*verdict.schema, operation) ? sorted.patch : visible).push_back(operation);
  const size_t hidden = sorted.patch.size();
  sorted.patch.insert(sorted.patch.end(), visible.begin(), visible.end());
  const size_t most = std::max(hidden, (request.patch.size() + 1) / 2);
  for (size_t operations = most; operations > 0; --operations) {
    const Verdict partial =
        decide_partial_update(truth.state, behaviours, sorted, *verdict.object, operations);
    if (partial.action == Action::kUpdate) return update_object(truth, behaviours, partial, now);
  }
  return answer(ProviderReply(), unchanged(verdict.object));
}

std::optional<Executed> perform_partly(Truth& truth, const Behaviours& behaviours,
                                       const Verdict& verdict, const ProviderRequest& request,
                                       Instant now, const Departure& departure) {
  Executed out;
  if (verdict.action == Action::kCreate) {
    out = create_partly(truth, behaviours, verdict, request, now);
  } else if (verdict.action == Action::kUpdate) {
    out = update_partly(truth, behaviours, verdict, request, now);
  } else {
    return std::nullopt;
  }
  out.reply = ProviderReply::failure(departure.code, departure.words);
  return out;
}

// In progress, and then a failure. A definite one leaves the truth alone: all that is kept is that
// the request is being worked on, so that the same create gets the same request id.
std::optional<Executed> fail_later(Truth& truth, const Behaviours& behaviours,
                                   const Verdict& verdict, const ProviderRequest& request,
                                   Instant now, const Departure& departure) {
  const bool changes = verdict.action == Action::kCreate || verdict.action == Action::kUpdate ||
                       verdict.action == Action::kDelete;
  if (!changes || behaviours.status_polls == 0) return std::nullopt;
  Executed out;
  if (is_ambiguous(departure.code)) {
    out = perform(truth, behaviours, verdict, request, now);
    AsyncRequest* begun = truth.requests.find(out.reply.request_id);
    SQUALL_CHECK(begun != nullptr);
    begun->outcome = ProviderReply::failure(departure.code, departure.words);
    return out;
  }
  out.reply = ProviderReply::failure(departure.code, departure.words);
  out.change = unchanged(verdict.object);
  TokenRecord token;
  token.schema = verdict.schema;
  token.request_id = defer(truth, behaviours, request, verdict.object, out.reply);
  if (verdict.action == Action::kCreate) {
    bind_token(truth.state, behaviours, request, std::move(token));
  }
  return out;
}

std::optional<Executed> depart(Truth& truth, const Behaviours& behaviours, const Verdict& verdict,
                               const ProviderRequest& request, Instant now,
                               const Departure& departure) {
  switch (departure.kind) {
    case Departure::Kind::kNone:
      return std::nullopt;
    case Departure::Kind::kPartly:
      return perform_partly(truth, behaviours, verdict, request, now, departure);
    case Departure::Kind::kFailedLater:
      return fail_later(truth, behaviours, verdict, request, now, departure);
  }
  SQUALL_CHECK(false);
}

}  // namespace

ProviderReply told(const ObjectRecord& object, const ObjectVersion& version,
                   const Behaviours& behaviours) {
  SQUALL_CHECK(version.properties != nullptr);
  ProviderReply reply;
  reply.native_id = object.native_id;
  reply.properties = shown(*object.schema, version.properties);
  reply.version = behaviours.versions ? version.version : 0;
  return reply;
}

Executed execute(Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
                 Instant now, const Departure& departure) {
  const Verdict verdict = decide(truth, behaviours, request, now);
  if (verdict.charged) {
    const bool taken = truth.rate.take(namespace_of(request.type), behaviours.rate_per_second, now);
    SQUALL_CHECK(taken);
  }
  std::optional<Executed> departed = depart(truth, behaviours, verdict, request, now, departure);
  if (!departed) return perform(truth, behaviours, verdict, request, now);
  departed->departed = true;
  return *std::move(departed);
}

bool would_succeed(const Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
                   Instant now) {
  return decide(truth, behaviours, request, now).action != Action::kRefuse;
}

std::string resource_name(const Truth& truth, const ProviderRequest& request) {
  const CloudState& state = truth.state;
  std::string name;
  if (request.kind == CallKind::kCreate) {
    name = name_in(request.properties);
  } else if (request.kind == CallKind::kSettle) {
    const TokenRecord* token = state.find_token(request.token);
    const ObjectRecord* object = token == nullptr ? nullptr : state.find(token->native_id);
    if (object != nullptr) name = object->name;
  } else if (const AsyncRequest* known = truth.requests.find(request.request_id)) {
    name = known->name;
  } else if (const ObjectRecord* object = state.find(request.native_id)) {
    name = object->name;
  }
  return name.empty() ? request.label.text() : name;
}

}  // namespace squall::cloud
