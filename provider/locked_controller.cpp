#include "provider/locked_controller.h"

#include <optional>
#include <utility>

#include "cloud/cloud.h"

namespace squall {

namespace {

// What `use` gives, made while nobody else touches the cloud.
template <class Use>
auto under_lock(SharedCloud& cloud, Use use) {
  std::optional<decltype(use(std::declval<cloud::Cloud&>()))> out;
  cloud.locked([&](cloud::Cloud& it) { out.emplace(use(it)); });
  return *std::move(out);
}

class LockedController final : public cloud::Controller {
 public:
  explicit LockedController(SharedCloud& cloud) : cloud_(cloud) {}

  Result<cloud::RuleId> inject(const cloud::FaultRule& rule) override {
    return under_lock(cloud_, [&](cloud::Cloud& it) { return it.inject(rule); });
  }
  void clear_rules() override {
    cloud_.locked([](cloud::Cloud& it) { it.clear_rules(); });
  }
  void program(const cloud::ProgrammedResponse& response) override {
    cloud_.locked([&](cloud::Cloud& it) { it.program(response); });
  }
  size_t withdraw(const std::string& label, CallKind call) override {
    return under_lock(cloud_, [&](cloud::Cloud& it) { return it.withdraw(label, call); });
  }
  Result<NativeId> put(const std::string& type, const std::string& target,
                       const JsonObject& properties) override {
    return under_lock(cloud_, [&](cloud::Cloud& it) { return it.put(type, target, properties); });
  }
  Result<void> patch(const NativeId& id, const JsonArray& patch) override {
    return under_lock(cloud_, [&](cloud::Cloud& it) { return it.patch(id, patch); });
  }
  Result<void> remove(const NativeId& id) override {
    return under_lock(cloud_, [&](cloud::Cloud& it) { return it.remove(id); });
  }
  std::shared_ptr<const cloud::StateSnapshot> snapshot() const override {
    return under_lock(cloud_, [](cloud::Cloud& it) { return it.snapshot(); });
  }
  void restore(const std::shared_ptr<const cloud::StateSnapshot>& snapshot) override {
    cloud_.locked([&](cloud::Cloud& it) { it.restore(snapshot); });
  }
  uint64_t digest() const override {
    return under_lock(cloud_, [](cloud::Cloud& it) { return it.digest(); });
  }
  cloud::CloudView view() const override {
    return under_lock(cloud_, [](cloud::Cloud& it) { return it.view(); });
  }
  std::vector<cloud::LogRecord> log(uint64_t after) const override {
    return under_lock(cloud_, [&](cloud::Cloud& it) { return it.log(after); });
  }
  uint64_t log_end() const override {
    return under_lock(cloud_, [](cloud::Cloud& it) { return it.log_end(); });
  }
  void set_gate(bool open) override {
    cloud_.locked([&](cloud::Cloud& it) { it.set_gate(open); });
  }
  Result<void> set_behaviours(const cloud::Behaviours& behaviours) override {
    return under_lock(cloud_, [&](cloud::Cloud& it) { return it.set_behaviours(behaviours); });
  }
  Result<void> set_id_counter(uint64_t next) override {
    return under_lock(cloud_, [&](cloud::Cloud& it) { return it.set_id_counter(next); });
  }
  void reset() override { cloud_.reset(); }
  cloud::FaultTable fault_table() const override {
    return under_lock(cloud_, [](cloud::Cloud& it) { return it.fault_table(); });
  }

 private:
  SharedCloud& cloud_;
};

}  // namespace

std::unique_ptr<cloud::Controller> make_locked_controller(SharedCloud& cloud) {
  return std::make_unique<LockedController>(cloud);
}

}  // namespace squall
