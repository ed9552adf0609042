#include "cloud/cloud.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "cloud/calls.h"
#include "cloud/drift.h"
#include "cloud/injection_state.h"
#include "cloud/latency.h"
#include "cloud/operation_log.h"
#include "cloud/response_queue.h"

namespace squall::cloud {

struct StateSnapshot {
  Truth truth;
};

namespace {

constexpr std::string_view kProgrammedResponse = "programmed-response";

Delivery programmed_delivery(ErrorCode code) {
  Delivery delivery;
  delivery.execute_after.clear();
  delivery.answer_instead = code;
  delivery.words = fmt::format("{} (programmed response)", to_string(code));
  return delivery;
}

// The fault table while it is being counted: rows are the fault kinds in their order, and
// programmed responses last. No text is touched.
class FaultCounter {
 public:
  FaultCounter() : rows_(fault_kinds().size() + 1) {}

  // kind: nullptr for a programmed response.
  FaultCount& at(const FaultKind* kind, CallKind call) {
    const auto kinds = fault_kinds();
    const auto row = std::find(kinds.begin(), kinds.end(), kind) - kinds.begin();
    return rows_[static_cast<size_t>(row)][static_cast<size_t>(call)];
  }

  FaultTable table() const {
    FaultTable table;
    for (size_t row = 0; row < rows_.size(); ++row) {
      const std::string_view name =
          row < fault_kinds().size() ? fault_kinds()[row]->name : kProgrammedResponse;
      for (size_t call = 0; call < kCallKinds; ++call) {
        if (rows_[row][call].fired == 0) continue;
        table[{std::string(name), static_cast<CallKind>(call)}] = rows_[row][call];
      }
    }
    return table;
  }

 private:
  std::vector<std::array<FaultCount, kCallKinds>> rows_;
};

// What is kept of a call beside its records.
struct CallState {
  uint64_t arrived_sequence = 0;
  const FaultKind* fault = nullptr;
  std::shared_ptr<const FaultEffect> effect;  // where the fault changes the execution
  bool executed = false;
  bool mattered = false;
  std::shared_ptr<const ProviderReply> refused;  // its first execution's answer, if definite
  NativeId vanishes;                             // the object that goes once the answer has left
};

}  // namespace

struct Cloud::Impl {
  Impl(std::shared_ptr<const Catalogue> catalogue, uint64_t given_seed)
      : seed(given_seed),
        truth{CloudState(std::move(catalogue)), RateLimit(), AsyncRequests()},
        injection(given_seed),
        latency(given_seed) {}

  // The record that the call's arrival left.
  const LogRecord& arrival(CallId call) const {
    SQUALL_CHECK(call >= 1 && call <= calls.size());
    return log.at(calls[call - 1].arrived_sequence);
  }

  // A record of a later phase of the call.
  LogRecord record_of(CallId call, LogPhase phase) const {
    const LogRecord& arrived = arrival(call);
    LogRecord record;
    record.time = now;
    record.phase = phase;
    record.call = call;
    record.request = arrived.request;
    record.resource_name = arrived.resource_name;
    return record;
  }

  // fault: whose doing it was; "": drift by the controller.
  void log_change(Change change, std::string_view fault = "") {
    // A patch that leaves everything as it is has not changed the world.
    if (change.effect == Effect::kNone) return;
    LogRecord record;
    record.time = now;
    record.phase = LogPhase::kChanged;
    const ObjectRecord* object = truth.state.find(change.native_id);
    SQUALL_CHECK(object != nullptr);
    record.resource_name = object->name;
    record.fault = fault;
    record.change = std::move(change);
    log.append(std::move(record));
  }

  // Counts a fault that hits a call on arrival. kind: nullptr for a programmed response.
  void count_hit(const FaultKind* kind, const ProviderRequest& request) {
    FaultCount& count = faults.at(kind, request.kind);
    ++count.fired;
    const bool by_verdict = kind == nullptr || kind->matters == Matters::kByVerdict;
    if (by_verdict && would_succeed(truth, behaviours, request, now)) ++count.mattered;
  }

  // Counts, at its execution, a fault that did not matter by the verdict on arrival; once.
  void count_execution(CallState& call, CallKind kind, bool departed) {
    const bool first = !std::exchange(call.executed, true);
    if (call.fault == nullptr || call.mattered) return;
    const Matters how = call.fault->matters;
    // Asked before the execution is written up.
    const bool overtaken = first && log.end() > call.arrived_sequence;
    call.mattered =
        (how == Matters::kByOrder && overtaken) || (how == Matters::kByExecution && departed);
    if (call.mattered) ++faults.at(call.fault, kind).mattered;
  }

  // Time that no fault decides about.
  void delay(Delivery& delivery, const std::string& name, CallKind kind) {
    const Duration time = latency.next(behaviours.latency, name, kind);
    for (Duration& after : delivery.execute_after) after += time;
    if (delivery.answer_after) *delivery.answer_after += time;
  }

  Executed carry_out(const CallState& call, const ProviderRequest& request) {
    // What was refused once stays refused: delivered again, it would be applied although its caller
    // was told that nothing was.
    if (call.refused) {
      Executed again;
      again.reply = *call.refused;
      return again;
    }
    if (call.effect == nullptr) return cloud::execute(truth, behaviours, request, now);
    return call.fault->execute({truth, behaviours, request, *call.effect, now});
  }

  uint64_t seed;
  Truth truth;
  Behaviours behaviours;
  InjectionState injection;
  Latency latency;
  ResponseQueue responses;
  OperationLog log;
  std::vector<CallState> calls;  // by CallId - 1
  FaultCounter faults;
  bool gate_is_open = true;
  std::function<void()> gate_opened;
  Instant now;
};

Cloud::Cloud(std::vector<ResourceType> types, uint64_t seed)
    : Cloud(catalogue_of(std::move(types)), seed) {}

Cloud::Cloud(const std::vector<Schema>& types, uint64_t seed) : Cloud(catalogue_of(types), seed) {}

Cloud::Cloud(std::shared_ptr<const Catalogue> catalogue, uint64_t seed)
    : impl_(std::make_unique<Impl>(std::move(catalogue), seed)) {}

Cloud::~Cloud() = default;

Cloud::Arrival Cloud::arrive(const ProviderRequest& request, Instant now) {
  return arrive_shared(std::make_shared<const ProviderRequest>(request), now);
}

Cloud::Arrival Cloud::arrive_shared(std::shared_ptr<const ProviderRequest> request, Instant now) {
  Impl& impl = *impl_;
  SQUALL_CHECK(impl.gate_is_open);
  SQUALL_CHECK(request != nullptr);
  impl.now = now;

  LogRecord record;
  record.time = now;
  record.phase = LogPhase::kArrived;
  record.call = impl.calls.size() + 1;
  record.resource_name = resource_name(impl.truth, *request);

  Arrival arrival;
  arrival.call = record.call;
  CallState call;
  const auto programmed = impl.responses.take(record.resource_name, request->kind);
  // The rules count this call even where a programmed response takes it.
  const InjectionState::Hit hit = impl.injection.pick(*request, record.resource_name);
  if (programmed && programmed->code) {
    arrival.delivery = programmed_delivery(*programmed->code);
    record.fault = kProgrammedResponse;
    impl.count_hit(nullptr, *request);
  } else if (hit.kind != nullptr) {
    arrival.delivery = delivery_of(hit.effect);
    record.fault = hit.kind->name;
    call.fault = hit.kind;
    if (hit.kind->execute != nullptr) {
      call.effect = std::make_shared<const FaultEffect>(hit.effect);
    }
    impl.count_hit(hit.kind, *request);
  }
  const bool delayed = call.fault != nullptr && call.fault->max_delay > Duration(0);
  if (!delayed) impl.delay(arrival.delivery, record.resource_name, request->kind);
  record.request = std::move(request);
  impl.log.append(std::move(record));
  call.arrived_sequence = impl.log.end();
  impl.calls.push_back(std::move(call));
  return arrival;
}

ProviderReply Cloud::execute(CallId call, Instant now) { return *execute_shared(call, now); }

std::shared_ptr<const ProviderReply> Cloud::execute_shared(CallId call, Instant now) {
  Impl& impl = *impl_;
  impl.now = now;
  LogRecord record = impl.record_of(call, LogPhase::kExecuted);
  CallState& state = impl.calls[call - 1];
  Executed executed = impl.carry_out(state, *record.request);
  impl.count_execution(state, record.request->kind, executed.departed);
  if (executed.vanishes) state.vanishes = executed.reply.native_id;
  auto reply = std::make_shared<const ProviderReply>(std::move(executed.reply));
  record.change = std::move(executed.change);
  record.reply = reply;
  impl.log.append(std::move(record));
  if (reply->status == ReplyStatus::kFailure && !is_ambiguous(reply->error)) state.refused = reply;
  if (!executed.said) return reply;
  return std::make_shared<const ProviderReply>(*std::move(executed.said));
}

void Cloud::answered(CallId call, const ProviderReply& reply, bool delivered, Instant now) {
  answered_shared(call, std::make_shared<const ProviderReply>(reply), delivered, now);
}

void Cloud::answered_shared(CallId call, std::shared_ptr<const ProviderReply> reply, bool delivered,
                            Instant now) {
  Impl& impl = *impl_;
  SQUALL_CHECK(reply != nullptr);
  impl.now = now;
  LogRecord record = impl.record_of(call, LogPhase::kAnswered);
  record.reply = std::move(reply);
  impl.log.append(std::move(record));
  if (!delivered) impl.log.append(impl.record_of(call, LogPhase::kUndelivered));
  CallState& state = impl.calls[call - 1];
  const NativeId vanishes = std::exchange(state.vanishes, NativeId());
  if (vanishes.empty() || impl.truth.state.find_alive(vanishes) == nullptr) return;
  Result<Change> change = cloud::remove(impl.truth.state, vanishes, now);
  SQUALL_CHECK(change.has_value());
  impl.log_change(*std::move(change), state.fault->name);
}

bool Cloud::gate_open() const { return impl_->gate_is_open; }

void Cloud::on_gate_opened(std::function<void()> callback) {
  impl_->gate_opened = std::move(callback);
}

const std::vector<Schema>& Cloud::types() const { return impl_->truth.state.types(); }
const std::vector<ResourceType>& Cloud::resource_types() const {
  return impl_->truth.state.catalogue()->types;
}
const Behaviours& Cloud::behaviours() const { return impl_->behaviours; }
void Cloud::set_time(Instant now) { impl_->now = now; }
const CloudState& Cloud::state() const { return impl_->truth.state; }
Json Cloud::saved() const { return impl_->truth.state.saved(); }
Result<void> Cloud::load(const Json& saved) {
  TRY(impl_->truth.state, CloudState::loaded(impl_->truth.state.catalogue(), saved));
  return {};
}
const std::vector<LogRecord>& Cloud::records() const { return impl_->log.records(); }

Result<RuleId> Cloud::inject(const FaultRule& rule) { return impl_->injection.inject(rule); }
void Cloud::clear_rules() { impl_->injection.clear(); }
void Cloud::program(const ProgrammedResponse& response) { impl_->responses.program(response); }
size_t Cloud::withdraw(const std::string& label, CallKind call) {
  return impl_->responses.withdraw(label, call);
}

Result<NativeId> Cloud::put(const std::string& type, const std::string& target,
                            const JsonObject& properties) {
  TRY(Change change, cloud::put(impl_->truth.state, type, target, properties, impl_->now));
  NativeId id = change.native_id;
  impl_->log_change(std::move(change));
  return id;
}

Result<void> Cloud::patch(const NativeId& id, const JsonArray& patch) {
  TRY(Change change, cloud::patch(impl_->truth.state, id, patch, impl_->now));
  impl_->log_change(std::move(change));
  return {};
}

Result<void> Cloud::remove(const NativeId& id) {
  TRY(Change change, cloud::remove(impl_->truth.state, id, impl_->now));
  impl_->log_change(std::move(change));
  return {};
}

std::shared_ptr<const StateSnapshot> Cloud::snapshot() const {
  return std::make_shared<const StateSnapshot>(StateSnapshot{impl_->truth});
}

void Cloud::restore(const std::shared_ptr<const StateSnapshot>& snapshot) {
  SQUALL_CHECK(snapshot != nullptr);
  impl_->truth = snapshot->truth;
}

uint64_t Cloud::digest() const { return impl_->truth.state.digest(); }

CloudView Cloud::view() const {
  CloudView view;
  view.reserve(impl_->truth.state.live_count());
  for (const ObjectRecord* object : impl_->truth.state.live()) {
    view.push_back({object->native_id, object->schema->type, object->target, object->name,
                    object->properties(), object->version(), object->made_by_engine});
  }
  return view;
}

std::vector<LogRecord> Cloud::log(uint64_t after) const { return impl_->log.after(after); }
uint64_t Cloud::log_end() const { return impl_->log.end(); }

void Cloud::set_gate(bool open) {
  const bool opens = open && !impl_->gate_is_open;
  impl_->gate_is_open = open;
  if (opens && impl_->gate_opened) impl_->gate_opened();
}

Result<void> Cloud::set_behaviours(const Behaviours& behaviours) {
  TRY_VOID(validate(behaviours));
  impl_->behaviours = behaviours;
  return {};
}

Result<void> Cloud::set_id_counter(uint64_t next) {
  return impl_->truth.state.set_id_counter(next);
}

void Cloud::reset() {
  Impl& old = *impl_;
  auto fresh = std::make_unique<Impl>(old.truth.state.catalogue(), old.seed);
  // Who carries the calls stays the same.
  fresh->gate_opened = std::move(old.gate_opened);
  const bool opens = !old.gate_is_open;
  impl_ = std::move(fresh);
  if (opens && impl_->gate_opened) impl_->gate_opened();
}

FaultTable Cloud::fault_table() const { return impl_->faults.table(); }

}  // namespace squall::cloud
