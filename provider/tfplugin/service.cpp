#include "provider/tfplugin/service.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "provider/tfplugin/operation.h"
#include "provider/tfplugin/plan.h"
#include "provider/tfplugin/provider_config.h"

namespace squall::tfplugin {

namespace {

Diagnostics problem(std::string summary, std::string detail) {
  return {{.summary = std::move(summary), .detail = std::move(detail), .attribute = {}}};
}

Result<Value> value_of(const WireValue& wire, const Type& type) {
  if (!wire.msgpack.empty()) return decode(wire.msgpack, type);
  if (!wire.json.empty()) return decode_json(wire.json, type, Strictness::kExact);
  return Value();
}

// Values that a procedure was given, or what is wrong with the first bad one.
class Received {
 public:
  Received(const Mapping& mapping, std::string_view type) : mapping_(mapping.find(type)) {
    if (mapping_ != nullptr) return;
    problems_ = problem(fmt::format("unknown type {}", type),
                        "This provider's cloud has no such type; `squall list types` names those "
                        "it has.");
  }

  const TypeMapping& mapping() const { return *mapping_; }
  bool good() const { return problems_.empty(); }
  const Diagnostics& problems() const { return problems_; }

  Value resource(const WireValue& wire, std::string_view what) {
    return good() ? read(wire, mapping_->resource_value, what) : Value();
  }
  Value data(const WireValue& wire, std::string_view what) {
    return good() ? read(wire, mapping_->data_value, what) : Value();
  }

 private:
  Value read(const WireValue& wire, const Type& type, std::string_view what) {
    Result<Value> value = value_of(wire, type);
    if (value && (value->is_null() || value->if_map() != nullptr)) return *std::move(value);
    problems_ = problem(fmt::format("malformed {} of a {}", what, mapping_->name),
                        value ? "It is not known at all." : value.error().message);
    return {};
  }

  const TypeMapping* mapping_;
  Diagnostics problems_;
};

// The closed list of codes stands first in what is said: docs/terraform-mapping.md, "Diagnostics".
Diagnostics told(std::string_view verb, const TypeMapping& mapping, const Value& about,
                 const Outcome::Failure& failure) {
  const std::string name = about.text_at("name");
  const std::string code(to_string(failure.code));
  std::string detail = fmt::format("The cloud answered {}: {}.", code, failure.message);
  if (is_ambiguous(failure.code)) {
    detail += " Whether it was carried out is not known; the next refresh tells.";
  }
  return problem(fmt::format("cannot {} {} \"{}\": {}", verb, mapping.name,
                             name.empty() ? about.text_at(kIdAttribute) : name, code),
                 std::move(detail));
}

Bytes encoded(const Outcome& outcome, const TypeMapping& mapping) {
  return encode(outcome.state.value_or(Value()), mapping.resource_value);
}

}  // namespace

struct ProviderService::Impl {
  Impl(std::shared_ptr<const Mapping> given, Identity who, OpenCloud how)
      : mapping(std::move(given)), identity(std::move(who)), open(std::move(how)) {}

  std::shared_ptr<const Configured> configured() const {
    const std::scoped_lock lock(mutex);
    return settings;
  }

  Operation operation(const Configured& configured, const TypeMapping& type) const {
    return Operation({.cloud = *configured.cloud,
                      .mapping = type,
                      .policy = configured.policy,
                      .target = configured.target,
                      .run = identity.run,
                      .stop = stop.get_token(),
                      .killed = killed.get_token()});
  }

  // Equal plans are told apart by their ordinal, and no more: which of them is which, does not
  // matter.
  std::string new_token(std::string_view type, std::string_view planned) {
    const uint64_t what = combine(hash_text(type), hash_text(planned));
    uint64_t ordinal = 0;
    {
      const std::scoped_lock lock(mutex);
      ordinal = ++planned_creates[what];
    }
    const uint64_t high = combine(identity.nonce, what);
    return fmt::format("{:016x}{:016x}", high, combine(high, ordinal));
  }

  // about: a value that has the name.
  void note_answer(const TypeMapping& type, UpdateOperation operation, const Value& about,
                   const Outcome& outcome) const {
    if (!answered) return;
    ProviderAnswer answer;
    answer.caller = identity.run;
    answer.type = type.type.schema.type;
    // What is being imported is known by its id alone until it has been read.
    answer.label = (outcome.state ? *outcome.state : about).text_at("name");
    answer.operation = operation;
    answer.failed = outcome.failure.has_value();
    answer.there = outcome.state.has_value();
    const Value& known = answer.there ? *outcome.state : about;
    if (answer.there || operation == UpdateOperation::kRead)
      answer.native_id = known.text_at(kIdAttribute);
    answer.delivered = !killed.stop_requested();
    answered(std::move(answer));
  }

  const std::shared_ptr<const Mapping> mapping;
  const Identity identity;
  OnAnswer answered;
  const OpenCloud open;
  mutable std::mutex mutex;
  std::shared_ptr<const Configured> settings;
  std::map<uint64_t, uint64_t> planned_creates;  // since the provider was configured last
  std::stop_source stop;
  std::stop_source killed;
};

ProviderService::ProviderService(std::shared_ptr<const Mapping> mapping, Identity identity,
                                 OpenCloud open)
    : impl_(std::make_unique<Impl>(std::move(mapping), std::move(identity), std::move(open))) {}
ProviderService::~ProviderService() = default;

void ProviderService::on_answer(OnAnswer handler) { impl_->answered = std::move(handler); }
const Mapping& ProviderService::mapping() const { return *impl_->mapping; }
const Block& ProviderService::provider_schema() { return provider_block(); }

void ProviderService::stop() { impl_->stop.request_stop(); }
void ProviderService::kill() { impl_->killed.request_stop(); }
bool ProviderService::is_killed() const { return impl_->killed.stop_requested(); }

Diagnostics ProviderService::validate_provider(const WireValue& config) const {
  const Result<Value> value = value_of(config, type_of(provider_block()));
  if (!value) return problem("malformed provider configuration", value.error().message);
  const Result<Configured> read = read_provider_config(*value, WhenUnknown::kAccept);
  if (!read) return problem("invalid provider configuration", read.error().message);
  return {};
}

Diagnostics ProviderService::configure(const WireValue& config) {
  const Result<Value> value = value_of(config, type_of(provider_block()));
  if (!value) return problem("malformed provider configuration", value.error().message);
  Result<Configured> read = read_provider_config(*value, WhenUnknown::kRefuse);
  if (!read) return problem("invalid provider configuration", read.error().message);
  Result<std::shared_ptr<CloudAccess>> cloud = impl_->open(read->cloud_file);
  if (!cloud) return problem("cannot reach the cloud", cloud.error().message);
  read->cloud = *std::move(cloud);
  const std::scoped_lock lock(impl_->mutex);
  impl_->settings = std::make_shared<const Configured>(*std::move(read));
  impl_->planned_creates.clear();
  return {};
}

Diagnostics ProviderService::validate_resource(std::string_view type, const WireValue& config,
                                               bool write_only_allowed) const {
  Received received(*impl_->mapping, type);
  const Value value = received.resource(config, "configuration");
  if (!received.good()) return received.problems();
  return check_config(received.mapping(), value, write_only_allowed);
}

Diagnostics ProviderService::validate_data(std::string_view type, const WireValue& config) const {
  Received received(*impl_->mapping, type);
  const Value value = received.data(config, "configuration");
  if (!received.good()) return received.problems();
  const bool has_id = !value.at(kIdAttribute).is_null();
  if (has_id != !value.at("name").is_null()) return {};
  return problem(fmt::format("{} needs an id or a name", type),
                 has_id ? "It has both; say one of them." : "It has neither.");
}

StateReply ProviderService::upgrade(std::string_view type, int64_t version,
                                    std::string_view state_json) const {
  const Received received(*impl_->mapping, type);
  StateReply reply;
  reply.diagnostics = received.problems();
  if (!received.good()) return reply;
  if (version != 0) {
    reply.diagnostics =
        problem(fmt::format("unknown schema version {} of a {}", version, type),
                "A newer provider wrote this state; this one knows version 0 only.");
    return reply;
  }
  const Type& value_type = received.mapping().resource_value;
  const Result<Value> value = decode_json(state_json, value_type, Strictness::kLenient);
  if (!value) {
    reply.diagnostics =
        problem(fmt::format("malformed state of a {}", type), value.error().message);
    return reply;
  }
  reply.state = encode(*value, value_type);
  return reply;
}

StateReply ProviderService::read(std::string_view type, const WireValue& current,
                                 std::string_view private_data) {
  Received received(*impl_->mapping, type);
  const Value value = received.resource(current, "state");
  const std::shared_ptr<const Configured> configured = impl_->configured();
  StateReply reply;
  reply.private_data = private_data;
  reply.diagnostics = received.problems();
  if (received.good() && configured == nullptr) reply.diagnostics = not_configured();
  if (!reply.diagnostics.empty()) return reply;
  const TypeMapping& mapping = received.mapping();
  if (value.is_null()) {
    reply.state = encode(value, mapping.resource_value);
    return reply;
  }
  const Outcome outcome =
      impl_->operation(*configured, mapping).read(value, PrivateData::parse(private_data));
  impl_->note_answer(mapping, UpdateOperation::kRead, value, outcome);
  if (outcome.failure) {
    reply.diagnostics = told("read", mapping, value, *outcome.failure);
    return reply;
  }
  reply.state = encoded(outcome, mapping);
  reply.private_data = outcome.private_data.bytes();
  return reply;
}

PlanReply ProviderService::plan(const PlanRequest& request) {
  Received received(*impl_->mapping, request.type);
  const Value prior = received.resource(request.prior, "prior state");
  const Value proposed = received.resource(request.proposed, "proposed state");
  const Value config = received.resource(request.config, "configuration");
  PlanReply reply;
  reply.private_data = request.prior_private;
  reply.diagnostics = received.problems();
  if (!received.good()) return reply;
  const TypeMapping& mapping = received.mapping();
  if (proposed.is_null()) {
    reply.state = encode(Value(), mapping.resource_value);
    return reply;
  }
  const std::shared_ptr<const Configured> configured = impl_->configured();
  const bool normalises = configured != nullptr && configured->cloud->traits().normalises;
  PlannedValue planned = plan_value(mapping, prior, proposed, config, normalises);
  reply.diagnostics = std::move(planned.problems);
  reply.requires_replace = std::move(planned.requires_replace);
  if (!reply.diagnostics.empty()) return reply;
  reply.state = encode(planned.value, mapping.resource_value);
  if (prior.is_null()) {
    PrivateData known;
    known.token = impl_->new_token(request.type, reply.state);
    reply.private_data = known.bytes();
  }
  return reply;
}

StateReply ProviderService::apply(const ApplyRequest& request) {
  Received received(*impl_->mapping, request.type);
  const Value prior = received.resource(request.prior, "prior state");
  const Value planned = received.resource(request.planned, "planned state");
  const Value config = received.resource(request.config, "configuration");
  const std::shared_ptr<const Configured> configured = impl_->configured();
  StateReply reply;
  reply.private_data = request.planned_private;
  reply.diagnostics = received.problems();
  if (received.good() && configured == nullptr) reply.diagnostics = not_configured();
  if (!reply.diagnostics.empty()) {
    // What there was is still there.
    if (received.good()) reply.state = encode(prior, received.mapping().resource_value);
    return reply;
  }
  const TypeMapping& mapping = received.mapping();
  PrivateData known = PrivateData::parse(request.planned_private);
  Operation operation = impl_->operation(*configured, mapping);
  Outcome outcome;
  UpdateOperation what = UpdateOperation::kUpdate;
  if (planned.is_null() && prior.is_null()) {
    what = UpdateOperation::kDelete;
  } else if (planned.is_null()) {
    what = UpdateOperation::kDelete;
    outcome = operation.remove(prior, known);
  } else if (prior.is_null()) {
    what = UpdateOperation::kCreate;
    if (known.token.empty()) known.token = impl_->new_token(request.type, request.planned.msgpack);
    known.version = 0;
    outcome = operation.create(planned, config, std::move(known));
  } else {
    outcome = operation.update(prior, planned, config, known);
  }
  const Value& about = planned.is_null() ? prior : planned;
  impl_->note_answer(mapping, what, about, outcome);
  if (outcome.failure) {
    reply.diagnostics = told(to_string(what), mapping, about, *outcome.failure);
  }
  reply.state = encoded(outcome, mapping);
  reply.private_data = outcome.private_data.bytes();
  return reply;
}

StateReply ProviderService::import(std::string_view type, std::string_view id) const {
  const Received received(*impl_->mapping, type);
  StateReply reply;
  reply.diagnostics = received.problems();
  if (!received.good()) return reply;
  if (id.empty()) {
    reply.diagnostics = problem(fmt::format("cannot import a {} without an id", type),
                                "The import id is the native id in the cloud.");
    return reply;
  }
  // The command line reads what it imports, right after.
  reply.state = encode(bare_state(received.mapping(), id), received.mapping().resource_value);
  return reply;
}

// From the same type under another address of this provider: the attributes are the same.
StateReply ProviderService::move(const MoveRequest& request) const {
  StateReply reply;
  if (request.source_type != request.target_type) {
    reply.diagnostics =
        problem(fmt::format("cannot move a {} to a {}", request.source_type, request.target_type),
                "An object of the cloud keeps its type. Destroy the one and create the other.");
    return reply;
  }
  reply = upgrade(request.target_type, request.source_version, request.source_state);
  if (reply.diagnostics.empty()) reply.private_data = request.source_private;
  return reply;
}

StateReply ProviderService::read_data(std::string_view type, const WireValue& config) {
  Received received(*impl_->mapping, type);
  const Value value = received.data(config, "configuration");
  const std::shared_ptr<const Configured> configured = impl_->configured();
  StateReply reply;
  reply.diagnostics = received.problems();
  if (received.good() && configured == nullptr) reply.diagnostics = not_configured();
  if (!reply.diagnostics.empty()) return reply;
  const TypeMapping& mapping = received.mapping();
  Operation operation = impl_->operation(*configured, mapping);
  const std::string id = value.text_at(kIdAttribute);
  const std::string name = value.text_at("name");
  auto found = id.empty() ? operation.find_by_name(name, value.text_at(kParentAttribute))
                          : operation.find_by_id(id);
  Result<Value> state = fail("");
  if (found) {
    state = data_of(mapping, found->first, found->second, value);
  } else {
    state = std::unexpected(found.error());
  }
  if (!state) {
    reply.diagnostics = problem(fmt::format("cannot find {} \"{}\"", type, id.empty() ? name : id),
                                state.error().message + ".");
    return reply;
  }
  reply.state = encode(*state, mapping.data_value);
  return reply;
}

}  // namespace squall::tfplugin
