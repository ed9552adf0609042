// What the state backend holds and does, without a network: state_backend.cpp is the HTTP around
// it. Not thread-safe: the backend locks.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engines/terraform/state_backend.h"

namespace squall::terraform {

struct StoreRequest {
  BackendCall call = BackendCall::kRead;
  std::string run{};
  std::string lock_id{};  // of a write: from its query
  std::string body{};
  Duration arrived{};
};

struct StoreReply {
  int status = 200;
  std::string body{};
  bool replied = true;  // false: close the connection
};

// One case.
class StateStore {
 public:
  // The fault that strikes this call, which is counted by this. Before carry_out(), so that a slow
  // one can wait in between.
  std::optional<BackendFault> strike(BackendCall call);
  StoreReply carry_out(const StoreRequest& request, const std::optional<BackendFault>& fault,
                       uint64_t sequence, Duration now);

  void inject(const BackendFault& fault);
  void withdraw_faults() { armed_.clear(); }

  const std::vector<BackendRecord>& log() const { return log_; }
  const std::string& state() const { return state_; }
  void set_state(std::string text) { state_ = std::move(text); }
  const std::string& holder() const { return holder_; }

 private:
  struct Armed {
    BackendFault fault;
    uint32_t seen = 0;
  };
  StoreReply answer(const StoreRequest& request, BackendRecord& record);
  StoreReply lock(const StoreRequest& request, BackendRecord& record);
  StoreReply unlock(const StoreRequest& request, BackendRecord& record);
  StoreReply read(BackendRecord& record) const;
  StoreReply write(const StoreRequest& request, BackendRecord& record);
  StoreReply remove(BackendRecord& record);

  std::string state_;
  std::string holder_;
  std::string lock_info_;  // as it came: what others are told of who holds it
  std::vector<Armed> armed_;
  std::vector<BackendRecord> log_;
};

}  // namespace squall::terraform
