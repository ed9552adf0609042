// The simulated cloud: ground truth, and the place where calls meet their faults. It is passive:
// whoever carries messages (the simulation's link, a server) calls it with the time, in the order
// arrive → execute (as often as the Delivery says, at those times) → answered.
//
// Not thread-safe: one thread, or a lock around it (the server's business).
#pragma once

#include <functional>
#include <memory>

#include "cloud/catalogue.h"
#include "cloud/cloud_state.h"
#include "cloud/controller.h"

namespace squall::cloud {

class Cloud final : public Controller {
 public:
  // seed: for standing rules and latencies only.
  Cloud(std::vector<ResourceType> types, uint64_t seed);
  // With types of which nothing but the schema is known (catalogue_of()).
  Cloud(const std::vector<Schema>& types, uint64_t seed);
  // Sharing a catalogue with other clouds: one per case costs nothing then.
  Cloud(std::shared_ptr<const Catalogue> catalogue, uint64_t seed);
  ~Cloud() override;

  struct Arrival {
    CallId call = 0;
    Delivery delivery;
  };
  // A call reaches the cloud at `now`. Picks the fault that hits it, if any (programmed responses
  // first, then rules in order of injection; the first that matches), and logs it.
  // REQUIRES: gate_open().
  Arrival arrive(const ProviderRequest& request, Instant now);

  // Executes the call on the truth, as the fault that hit it wishes, and returns what is to be said
  // of it: the true answer, unless the fault says otherwise (the log has both). REQUIRES: arrived.
  ProviderReply execute(CallId call, Instant now);

  // The answer `reply` left for the caller. delivered: the caller was still there to hear it.
  void answered(CallId call, const ProviderReply& reply, bool delivered, Instant now);

  // The same three without copies, for carriers that keep requests and replies anyway. The log
  // shares what it is given.
  Arrival arrive_shared(std::shared_ptr<const ProviderRequest> request, Instant now);
  std::shared_ptr<const ProviderReply> execute_shared(CallId call, Instant now);
  void answered_shared(CallId call, std::shared_ptr<const ProviderReply> reply, bool delivered,
                       Instant now);

  bool gate_open() const;
  // Called whenever the gate opens, so that the carrier can bring the calls it kept.
  void on_gate_opened(std::function<void()> callback);

  const std::vector<Schema>& types() const;
  const std::vector<ResourceType>& resource_types() const;  // the same, in the same order
  const Behaviours& behaviours() const;

  // The time the controller's own changes are stamped with: this one, or that of the last call
  // since.
  void set_time(Instant now);

  // The truth, to look at: objects with their histories, deleted ones included.
  const CloudState& state() const;
  // CloudState::saved(), and back. Of the rest (log, rules, behaviours, buckets, calls that are in
  // progress) nothing is saved, and loading leaves it as it is.
  Json saved() const;
  Result<void> load(const Json& saved);
  // The whole log without a copy; valid until the next record.
  const std::vector<LogRecord>& records() const;

  // Controller
  Result<RuleId> inject(const FaultRule& rule) override;
  void clear_rules() override;
  void program(const ProgrammedResponse& response) override;
  size_t withdraw(const std::string& label, CallKind call) override;
  Result<NativeId> put(const std::string& type, const std::string& target,
                       const JsonObject& properties) override;
  Result<void> patch(const NativeId& id, const JsonArray& patch) override;
  Result<void> remove(const NativeId& id) override;
  std::shared_ptr<const StateSnapshot> snapshot() const override;
  void restore(const std::shared_ptr<const StateSnapshot>& snapshot) override;
  uint64_t digest() const override;
  CloudView view() const override;
  std::vector<LogRecord> log(uint64_t after) const override;
  uint64_t log_end() const override;
  void set_gate(bool open) override;
  Result<void> set_behaviours(const Behaviours& behaviours) override;
  Result<void> set_id_counter(uint64_t next) override;
  void reset() override;
  FaultTable fault_table() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::cloud
