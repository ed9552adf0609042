// The cloud's control interface where whoever asks must not, or cannot, touch the cloud as it
// likes: every call is made inside use(), which whoever derives from this gives.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cloud/controller.h"

namespace squall::cloud {

class Cloud;

class GuardedController : public Controller {
 public:
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
  // Gives the cloud to `with`, once, when that may touch it.
  virtual void use(const std::function<void(Cloud&)>& with) const = 0;
  template <class Ask>
  auto asked(Ask ask) const;
};

}  // namespace squall::cloud
