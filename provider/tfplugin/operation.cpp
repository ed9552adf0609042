#include "provider/tfplugin/operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/hash.h"

namespace squall::tfplugin {

namespace {

// No operation is polled for longer.
constexpr Duration kLongestOperation = std::chrono::minutes(10);
// Nor more often than this, however short the delay between tries.
constexpr Duration kShortestPoll = std::chrono::milliseconds(5);

Outcome failed(std::optional<Value> state, PrivateData known, const ProviderReply& reply) {
  return {.state = std::move(state),
          .private_data = std::move(known),
          .failure = Outcome::Failure{.code = reply.error, .message = reply.message}};
}

ProviderReply malformed(std::string_view what) {
  return ProviderReply::failure(ErrorCode::kMalformedAnswer,
                                fmt::format("the answer makes no sense: {}", what));
}

bool is_gone(ErrorCode code) { return code == ErrorCode::kNotFound || code == ErrorCode::kGone; }

}  // namespace

std::string PrivateData::bytes() const {
  JsonObject out;
  if (!token.empty()) out["token"] = token;
  if (version != 0) out["version"] = version;
  if (changed != Instant()) out["changed"] = microseconds_of(changed);
  return out.empty() ? "" : one_line(out);
}

PrivateData PrivateData::parse(std::string_view bytes) {
  PrivateData out;
  const Result<Json> json = parse_json(bytes);
  if (!json) return out;
  out.token = text_of(*json, "token");
  const Json* version = member(*json, "version");
  if (version != nullptr && version->is_int64()) out.version = version->get_int64();
  const Json* changed = member(*json, "changed");
  if (changed != nullptr && changed->is_int64()) out.changed = instant_at(changed->get_int64());
  return out;
}

Value known_part(const Value& value) {
  const Value::Map* map = value.if_map();
  if (map == nullptr) return value.is_unknown() ? Value() : value;
  Value::Map out;
  for (const auto& [name, each] : *map) out[name] = known_part(each);
  return out;
}

// Tries of one operation, and the waits between them.
class Operation::Budget {
 public:
  Budget(const Operation& operation, std::string_view label)
      : operation_(operation), label_hash_(hash_text(label)) {}

  // Waits until it is time for another try. No: there is none left, or the waiting was ended.
  bool again() {
    const RetryPolicy& policy = operation_.context_.policy;
    if (used_ >= policy.max_retries || operation_.is_ended()) return false;
    operation_.wait(delay());
    ++used_;
    return !operation_.is_ended();
  }

 private:
  // Callers that failed together do not come back together: up to a quarter on top.
  Duration delay() const {
    constexpr uint32_t kMostDoublings = 20;
    const RetryPolicy& policy = operation_.context_.policy;
    const Duration doubled = policy.retry_delay * (1 << std::min(used_, kMostDoublings));
    const Duration plain = std::min(doubled, policy.longest_delay);
    const uint64_t spread = combine(label_hash_, used_) % 256;
    return plain + plain * static_cast<int64_t>(spread) / 1024;
  }

  const Operation& operation_;
  const uint64_t label_hash_;
  uint32_t used_ = 0;
};

Operation::Operation(Context context)
    : context_(std::move(context)), traits_(context_.cloud.traits()) {}

ProviderRequest Operation::request(CallKind kind, const Value& about) const {
  ProviderRequest out;
  out.kind = kind;
  out.type = context_.mapping.type.schema.type;
  out.target = context_.target;
  out.label = about.text_at("name");
  out.caller = context_.run;
  out.native_id = about.text_at(kIdAttribute);
  return out;
}

bool Operation::is_ended() const {
  return context_.stop.stop_requested() || context_.killed.stop_requested();
}

void Operation::wait(Duration time) const {
  std::mutex mutex;
  std::condition_variable_any ended;
  const auto wake = [&] {
    const std::scoped_lock lock(mutex);
    ended.notify_all();
  };
  const std::stop_callback on_kill(context_.killed, wake);
  std::unique_lock lock(mutex);
  ended.wait_for(lock, context_.stop, time, [this] { return is_ended(); });
}

bool Operation::may_repeat(ErrorCode code) const {
  return is_recoverable(code) || code == ErrorCode::kMalformedAnswer;
}

// An answer that lacks what it must have is none.
ProviderReply Operation::checked(const ProviderRequest& request, ProviderReply reply) const {
  if (reply.status == ReplyStatus::kInProgress && reply.request_id.empty()) {
    return malformed("in progress, and no request id");
  }
  if (!reply.ok()) return reply;
  const bool settles = request.kind == CallKind::kSettle;
  if (settles && reply.native_id.empty()) return reply.version < 0 ? malformed("version") : reply;
  const bool tells = settles || request.kind == CallKind::kCreate ||
                     request.kind == CallKind::kRead || request.kind == CallKind::kUpdate;
  if (!tells) return reply;
  if (reply.native_id.empty()) return malformed("no native id");
  if (!request.native_id.empty() && reply.native_id != request.native_id) {
    return malformed(fmt::format("it is about {}", reply.native_id));
  }
  if (reply.properties.empty()) return malformed("no properties");
  if (reply.version < 0 || (traits_.versions && reply.version == 0)) {
    return malformed(fmt::format("version {}", reply.version));
  }
  return reply;
}

ProviderReply Operation::call(const ProviderRequest& request) {
  const Patience patience = {
      .deadline = context_.policy.call_deadline, .stop = context_.stop, .killed = context_.killed};
  ProviderReply reply = checked(request, context_.cloud.call(request, patience));
  if (reply.status != ReplyStatus::kInProgress) return reply;
  return poll(request, std::move(reply.request_id));
}

ProviderReply Operation::poll(const ProviderRequest& origin, std::string request_id) {
  ProviderRequest status;
  status.kind = CallKind::kStatus;
  status.type = origin.type;
  status.target = origin.target;
  status.label = origin.label;
  status.caller = origin.caller;
  status.native_id = origin.native_id;
  status.request_id = std::move(request_id);
  const Patience patience = {
      .deadline = context_.policy.call_deadline, .stop = context_.stop, .killed = context_.killed};
  Budget budget(*this, origin.label);
  const Instant give_up = context_.cloud.now() + kLongestOperation;
  std::optional<ErrorCode> last_failure;
  while (context_.cloud.now() < give_up) {
    wait(std::max(context_.policy.retry_delay, kShortestPoll));
    if (is_ended()) break;
    ProviderReply reply = context_.cloud.call(status, patience);
    if (reply.status == ReplyStatus::kInProgress) continue;
    if (reply.ok()) return checked(origin, std::move(reply));
    // Said twice, it is how the call ended and not how the poll did.
    if (!may_repeat(reply.error) || last_failure == reply.error || !budget.again()) return reply;
    last_failure = reply.error;
  }
  return ProviderReply::failure(ErrorCode::kDeadlineExceeded,
                                "the cloud was still at it when the waiting ended");
}

ProviderReply Operation::call_patiently(const ProviderRequest& request) {
  Budget budget(*this, request.label);
  for (;;) {
    ProviderReply reply = call(request);
    if (reply.ok() || !may_repeat(reply.error) || !budget.again()) return reply;
  }
}

// Within the consistency window of our last change, what is older than that is not believed.
ProviderReply Operation::read_object(const Value& about, const PrivateData& known) {
  const ProviderRequest read = request(CallKind::kRead, about);
  const Instant window_ends = known.changed + traits_.consistency_window;
  const bool has_window = traits_.consistency_window > Duration(0);
  for (;;) {
    ProviderReply reply = call_patiently(read);
    const bool in_window = has_window && context_.cloud.now() < window_ends;
    const bool is_stale =
        reply.ok() ? has_window && reply.version < known.version : is_gone(reply.error);
    if (!is_stale || !in_window || is_ended()) return reply;
    wait(std::max(context_.policy.retry_delay, kShortestPoll));
  }
}

Outcome Operation::told(const ProviderReply& reply, const Value& before, PrivateData known,
                        bool changed_now) const {
  known.version = reply.version;
  if (changed_now) known.changed = context_.cloud.now();
  Result<Value> state =
      state_of(context_.mapping, reply.native_id, reply.properties, before, traits_.normalises);
  if (state) return {.state = *std::move(state), .private_data = std::move(known), .failure = {}};
  // The object is there: it must not be lost because we cannot show it.
  Value shown = known_part(before);
  if (Value::Map* map = shown.if_map()) (*map)[std::string(kIdAttribute)] = Value(reply.native_id);
  return failed(std::move(shown), std::move(known), malformed(state.error().message));
}

// Does the object hold what is wanted, as far as it can be seen?
bool Operation::shows(const ProviderReply& reply, const Value& planned) const {
  const Result<Value> state =
      state_of(context_.mapping, reply.native_id, reply.properties, planned, traits_.normalises);
  if (!state) return false;
  return std::ranges::all_of(context_.mapping.fields, [&](const FieldMapping& field) {
    return field.read_only || state->at(field.attribute) == planned.at(field.attribute);
  });
}

Outcome Operation::create(const Value& planned, const Value& config, PrivateData known) {
  ProviderRequest create = request(CallKind::kCreate, planned);
  create.native_id.clear();
  create.token = known.token;
  Result<JsonObject> properties = properties_of(context_.mapping, known_part(planned), config);
  if (!properties) {
    return failed({}, {},
                  ProviderReply::failure(ErrorCode::kInvalidRequest, properties.error().message));
  }
  create.properties = *std::move(properties);
  Budget budget(*this, create.label);
  bool may_exist = false;
  for (;;) {
    const ProviderReply reply = call(create);
    if (reply.ok()) return told(reply, planned, std::move(known), true);
    const bool ambiguous = is_ambiguous(reply.error);
    may_exist = may_exist || ambiguous;
    // Without tokens a second create may make a second object.
    const bool is_safe = traits_.create_tokens || !may_exist;
    if (is_safe && may_repeat(reply.error) && budget.again()) continue;
    if (!may_exist) return failed({}, {}, reply);
    return settle(planned, known, reply);
  }
}

// A create ended, and nobody knows how: the token does.
Outcome Operation::settle(const Value& planned, const PrivateData& known,
                          const ProviderReply& last) {
  if (!traits_.create_tokens) return failed({}, {}, last);
  ProviderRequest settle = request(CallKind::kSettle, planned);
  settle.native_id.clear();
  settle.token = known.token;
  const ProviderReply reply = call_patiently(settle);
  if (!reply.ok()) {
    Value unsettled = known_part(planned);
    if (Value::Map* map = unsettled.if_map()) (*map)[std::string(kIdAttribute)] = Value();
    return failed(std::move(unsettled), known, last);
  }
  if (reply.native_id.empty()) return failed({}, {}, last);
  if (shows(reply, planned)) return told(reply, planned, known, true);
  Outcome partly = told(reply, known_part(planned), known, true);
  partly.failure = Outcome::Failure{.code = last.error, .message = last.message};
  return partly;
}

// A state without an id is that of a create which nobody could settle at the time.
Outcome Operation::settled_read(const Value& current, const PrivateData& known) {
  if (known.token.empty()) {
    return failed(current, known,
                  ProviderReply::failure(ErrorCode::kInvalidRequest,
                                         "the state holds neither an id nor a create token"));
  }
  ProviderRequest settle = request(CallKind::kSettle, current);
  settle.token = known.token;
  const ProviderReply reply = call_patiently(settle);
  if (!reply.ok()) return failed(current, known, reply);
  if (reply.native_id.empty()) return {};
  return told(reply, current, known, false);
}

Outcome Operation::read(const Value& current, const PrivateData& known) {
  if (current.text_at(kIdAttribute).empty()) return settled_read(current, known);
  const ProviderReply reply = read_object(current, known);
  if (reply.ok()) return told(reply, current, known, false);
  if (is_gone(reply.error)) return {};
  return failed(current, known, reply);
}

namespace {

// Is a value to be sent that nobody can see afterwards?
bool sends_hidden(const std::vector<FieldMapping>& fields, const Value& base,
                  const Value& planned) {
  return std::ranges::any_of(fields, [&](const FieldMapping& field) {
    const std::string& version = field.version_attribute;
    return sends_hidden(field.members, base, planned) ||
           (!version.empty() && base.at(version) != planned.at(version));
  });
}

}  // namespace

// After an answer that leaves the effect open, the object was read. Is what is wanted there? Else
// `update` becomes the call that is to follow. An error: nothing can be made of it.
Result<Outcome> Operation::taken_again(const ProviderReply& now, const Value& planned,
                                       const Value& config, ProviderRequest& update, Value& base,
                                       PrivateData& known) {
  if (!sends_hidden(context_.mapping.fields, base, planned) && shows(now, planned))
    return told(now, planned, known, true);
  Outcome seen = told(now, base, known, false);
  if (seen.failure || !seen.state) return fail("the object cannot be shown");
  base = *std::move(seen.state);
  known = std::move(seen.private_data);
  TRY(update.patch, patch_of(context_.mapping, base, planned, config));
  if (update.if_version) update.if_version = known.version;
  return Outcome{};
}

Outcome Operation::update(const Value& prior, const Value& planned, const Value& config,
                          const PrivateData& known_before) {
  PrivateData known = known_before;
  Value base = prior;
  ProviderRequest update = request(CallKind::kUpdate, prior);
  Result<JsonArray> patch = patch_of(context_.mapping, prior, planned, config);
  Result<JsonObject> properties = properties_of(context_.mapping, planned, config);
  if (!patch || !properties) {
    const Error& error = patch ? properties.error() : patch.error();
    return failed(prior, known, ProviderReply::failure(ErrorCode::kInvalidRequest, error.message));
  }
  // What the cloud knows nothing of may have changed all the same.
  if (patch->empty()) return {.state = planned, .private_data = known, .failure = {}};
  update.patch = *std::move(patch);
  update.properties = *std::move(properties);
  const bool locks = context_.policy.optimistic_locking && traits_.versions && known.version > 0;
  if (locks) update.if_version = known.version;
  Budget budget(*this, update.label);
  bool may_be_ours = false;  // what changed since
  for (;;) {
    const ProviderReply reply = call(update);
    if (reply.ok()) return told(reply, planned, known, true);
    const bool conflict = reply.error == ErrorCode::kResourceConflict;
    may_be_ours = may_be_ours || is_ambiguous(reply.error);
    if ((conflict || is_ambiguous(reply.error)) && !is_ended()) {
      const ProviderReply now = read_object(base, known);
      if (!now.ok()) return failed(std::move(base), std::move(known), reply);
      const bool changed = now.version != known.version;
      const Result<Outcome> taken = taken_again(now, planned, config, update, base, known);
      if (!taken) return failed(std::move(base), std::move(known), reply);
      if (taken->state) return *taken;
      // Somebody else changed it since it was planned: that plan is not to be carried out.
      if (conflict && changed && !may_be_ours) {
        return failed(std::move(base), std::move(known), reply);
      }
      if (update.patch.empty()) return told(now, planned, known, true);
    }
    if (may_repeat(reply.error) && budget.again()) continue;
    return failed(std::move(base), std::move(known), reply);
  }
}

Outcome Operation::remove(const Value& prior, const PrivateData& known_before) {
  PrivateData known = known_before;
  Value base = prior;
  if (prior.text_at(kIdAttribute).empty()) {
    Outcome settled = settled_read(prior, known);
    if (settled.failure || !settled.state) return settled;
    base = *std::move(settled.state);
    known = std::move(settled.private_data);
  }
  ProviderRequest remove = request(CallKind::kDelete, base);
  const bool locks = context_.policy.optimistic_locking && traits_.versions && known.version > 0;
  if (locks) remove.if_version = known.version;
  Budget budget(*this, remove.label);
  bool may_be_outdated = remove.if_version.has_value();
  for (;;) {
    const ProviderReply reply = call(remove);
    if (reply.ok() || is_gone(reply.error)) return {};
    const bool conflict = reply.error == ErrorCode::kResourceConflict;
    const bool looks_again = conflict && std::exchange(may_be_outdated, false) && !is_ended();
    if (!looks_again && (!may_repeat(reply.error) || !budget.again())) {
      return failed(std::move(base), std::move(known), reply);
    }
    if (!conflict) continue;
    // It is to go, whatever was changed: with the version that it has now.
    const ProviderReply now = read_object(base, known);
    if (!now.ok() && is_gone(now.error)) return {};
    if (!now.ok()) return failed(std::move(base), std::move(known), now);
    known.version = now.version;
    if (remove.if_version) remove.if_version = now.version;
  }
}

Result<std::pair<NativeId, JsonObject>> Operation::find_by_id(const NativeId& id) {
  ProviderRequest read = request(CallKind::kRead, Value());
  read.native_id = id;
  ProviderReply reply = call_patiently(read);
  if (reply.ok()) return std::pair(reply.native_id, std::move(reply.properties));
  return fail(fmt::format("{}: {}", to_string(reply.error), reply.message));
}

Result<std::pair<NativeId, JsonObject>> Operation::find_by_name(const std::string& name,
                                                                const NativeId& parent) {
  // A cloud that goes on handing out pages is not followed for ever.
  constexpr size_t kMostPages = 100'000;
  ProviderRequest list = request(CallKind::kList, Value());
  list.label = name;
  list.parent = parent;
  std::optional<std::pair<NativeId, JsonObject>> found;
  for (size_t page = 0; page < kMostPages && !is_ended(); ++page) {
    ProviderReply reply = call_patiently(list);
    if (!reply.ok()) return fail(fmt::format("{}: {}", to_string(reply.error), reply.message));
    for (ListedObject& object : reply.listed) {
      if (text_of(object.properties, "Name") != name) continue;
      if (found) {
        return fail(
            fmt::format("several objects are named \"{}\": {} and {} among them; say the "
                        "id instead",
                        name, found->first, object.native_id));
      }
      found.emplace(std::move(object.native_id), std::move(object.properties));
    }
    if (reply.next_page.empty()) break;
    list.page_token = std::move(reply.next_page);
  }
  if (found) return *std::move(found);
  return fail(fmt::format("NotFound: there is no object named \"{}\"", name));
}

}  // namespace squall::tfplugin
