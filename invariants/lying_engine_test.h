// An engine that lies: the reference engine in its simulation, honest but for what a test tells it
// to falsify, or to do to the cloud behind everybody's back. Each invariant must notice its lie.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cloud/cloud.h"
#include "engines/sim/sim_engine.h"

namespace squall::invariants {

class LyingEngine;

// What it falsifies; an empty function: nothing. request(): how many requests it has had so far.
struct Lies {
  std::function<void(LyingEngine&, std::vector<InventoryRow>&)> inventory;
  std::function<void(LyingEngine&, std::vector<std::string>&)> stacks;
  std::function<void(LyingEngine&, std::optional<CommandView>&)> status;
  std::function<void(LyingEngine&, CommandReply&)> reply;
  std::function<bool(LyingEngine&)> silent;           // true: the client is not answered
  std::function<void(LyingEngine&)> on_request;       // a request has come in
  std::function<void(LyingEngine&)> on_restart;       // it is about to be started again
  std::function<void(LyingEngine&)> on_command_done;  // its command is terminal, nobody saw it yet
};

class LyingEngine final : public EngineUnderTest {
 public:
  // cloud outlives it.
  LyingEngine(cloud::Cloud& cloud, Lies lies)
      : cloud_(cloud), honest_(engines::make_sim_engine(cloud)), lies_(std::move(lies)) {}

  // ---- for lies

  int request() const { return request_; }
  int restarts() const { return restarts_; }
  cloud::Cloud& cloud() { return cloud_; }
  // The command that the nth request (from 1) was answered with.
  const std::string& command(int nth) const { return commands_.at(nth); }
  // The last call of that kind for that label.
  ProviderRequest last_call(CallKind kind, const std::string& label) const {
    ProviderRequest out;
    for (const cloud::LogRecord& record : cloud_.log(0))
      if (record.request != nullptr && record.request->kind == kind &&
          record.request->label == label)
        out = *record.request;
    return out;
  }
  // A call beside the engine's own, executed and answered at once.
  ProviderReply call(const ProviderRequest& request) {
    const cloud::Cloud::Arrival arrival = cloud_.arrive(request, now());
    ProviderReply reply = cloud_.execute(arrival.call, now());
    cloud_.answered(arrival.call, reply, true, now());
    return reply;
  }
  // The same, refused: nothing is executed.
  void refused_call(const ProviderRequest& request, ErrorCode code) {
    const cloud::Cloud::Arrival arrival = cloud_.arrive(request, now());
    cloud_.answered(arrival.call, ProviderReply::failure(code, "refused"), true, now());
  }

  // From now on nobody can tell what it has noticed.
  void lose_track() { undecided_ = "undecided"; }

  // ---- EngineUnderTest

  const Traits& traits() const override { return honest_->traits(); }
  Result<void> reset(const EngineSetup& setup) override { return honest_->reset(setup); }

  Ticket start(const CommandRequest& request) override {
    ++request_;
    if (lies_.on_request) lies_.on_request(*this);
    const Ticket ticket = honest_->start(request);
    request_of_[ticket] = request_;
    return ticket;
  }
  Poll poll(Ticket ticket) override {
    if (lies_.silent && lies_.silent(*this)) return Pending{};
    Poll poll = honest_->poll(ticket);
    auto* reply = std::get_if<CommandReply>(&poll);
    if (reply == nullptr) return poll;
    if (const auto* accepted = std::get_if<Accepted>(reply))
      commands_[request_of_.at(ticket)] = accepted->command_id;
    if (lies_.reply) lies_.reply(*this, *reply);
    return poll;
  }
  std::optional<CommandView> status(const std::string& command_id) override {
    std::optional<CommandView> view = honest_->status(command_id);
    if (lies_.status) lies_.status(*this, view);
    return view;
  }
  std::vector<CommandView> commands() override { return honest_->commands(); }
  std::vector<InventoryRow> inventory() override {
    std::vector<InventoryRow> rows = honest_->inventory();
    if (lies_.inventory) lies_.inventory(*this, rows);
    return rows;
  }
  std::vector<std::string> stacks() override {
    std::vector<std::string> labels = honest_->stacks();
    if (lies_.stacks) lies_.stacks(*this, labels);
    return labels;
  }
  Waited run_until(const std::function<bool()>& condition, Duration deadline) override {
    const Waited waited = honest_->run_until(condition, deadline);
    const auto command = commands_.find(request_);
    if (done_ == request_ || command == commands_.end()) return waited;
    const std::optional<CommandState> state = honest_->state_of(command->second);
    if (!state || !is_terminal(*state)) return waited;
    done_ = request_;
    if (lies_.on_command_done) lies_.on_command_done(*this);
    return waited;
  }
  std::string_view undecided() const override { return undecided_; }
  Instant now() const override { return honest_->now(); }
  bool alive() const override { return honest_->alive(); }
  void arm_crash(const CrashPoint& point) override { honest_->arm_crash(point); }
  void disarm_crashes() override { honest_->disarm_crashes(); }
  std::vector<std::string> leaks(const std::vector<std::string>& secrets) override {
    return honest_->leaks(secrets);
  }
  void set_disk_full(bool full) override { honest_->set_disk_full(full); }
  void kill() override { honest_->kill(); }
  Result<void> restart() override {
    ++restarts_;
    if (lies_.on_restart) lies_.on_restart(*this);
    return honest_->restart();
  }
  std::vector<std::pair<std::string, uint64_t>> marks() const override { return honest_->marks(); }
  uint64_t peak_calls_in_flight() const override { return honest_->peak_calls_in_flight(); }
  uint64_t trace_hash() const override { return honest_->trace_hash(); }

 private:
  cloud::Cloud& cloud_;
  std::unique_ptr<engines::SimEngine> honest_;
  Lies lies_;
  int request_ = 0;
  int restarts_ = 0;
  std::string_view undecided_;
  int done_ = 0;  // the request whose command's end was told
  std::map<Ticket, int> request_of_;
  std::map<int, std::string> commands_;
};

}  // namespace squall::invariants
