#include "provider/cloud_server/wire/controller_service.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "proto/squall/controller/v1/controller.grpc.pb.h"
#include "provider/cloud_server/wire/controller_messages.h"
#include "provider/locked_controller.h"
#include "provider/plugin/wire/messages.h"

namespace squall::cloud_server {

namespace {

namespace v1 = controller_v1;
using grpc::ServerContext;
using grpc::Status;

constexpr size_t kMostSnapshots = 1000;

Status bad(const std::string& why) {
  // What goes into a header must be short.
  constexpr size_t kLongest = 2000;
  return {grpc::StatusCode::INVALID_ARGUMENT, why.substr(0, kLongest)};
}

template <class T>
Status status_of(const Result<T>& result) {
  return result ? Status::OK : bad(result.error().message);
}

class ControllerService final : public v1::Controller::Service {
 public:
  explicit ControllerService(SharedCloud& cloud)
      : cloud_(cloud), controller_(make_locked_controller(cloud)) {}

 private:
  // --- Faults.

  Status Inject(ServerContext* /*context*/, const v1::InjectRequest* request,
                v1::InjectResponse* response) override {
    const Result<cloud::RuleId> id = inject(request->rule());
    if (id) response->set_rule(*id);
    return status_of(id);
  }

  Status ClearRules(ServerContext* /*context*/, const v1::ClearRulesRequest* /*request*/,
                    v1::ClearRulesResponse* /*response*/) override {
    controller_->clear_rules();
    return Status::OK;
  }

  Status Program(ServerContext* /*context*/, const v1::ProgramRequest* request,
                 v1::ProgramResponse* /*response*/) override {
    const Result<cloud::ProgrammedResponse> programmed = read(*request);
    if (!programmed) return bad("cannot program a response: " + programmed.error().message);
    controller_->program(*programmed);
    return Status::OK;
  }

  Status Withdraw(ServerContext* /*context*/, const v1::WithdrawRequest* request,
                  v1::WithdrawResponse* response) override {
    const Result<CallKind> call = read(request->call());
    if (!call) return bad("cannot withdraw responses: " + call.error().message);
    response->set_withdrawn(controller_->withdraw(request->label(), *call));
    return Status::OK;
  }

  Status FaultTable(ServerContext* /*context*/, const v1::FaultTableRequest* /*request*/,
                    v1::FaultTableResponse* response) override {
    write(controller_->fault_table(), response);
    return Status::OK;
  }

  // --- Drift.

  Status Put(ServerContext* /*context*/, const v1::PutRequest* request,
             v1::PutResponse* response) override {
    const Result<Document> properties =
        plugin::wire::read_document(request->properties(), "properties");
    if (!properties) return bad("cannot put an object: " + properties.error().message);
    const Result<NativeId> id = controller_->put(request->type(), request->target(), *properties);
    if (id) response->set_native_id(*id);
    return status_of(id);
  }

  Status Patch(ServerContext* /*context*/, const v1::PatchRequest* request,
               v1::PatchResponse* /*response*/) override {
    const Result<JsonArray> patch = read_patch(request->patch());
    if (!patch) {
      return bad(
          fmt::format("cannot patch \"{}\": {}", request->native_id(), patch.error().message));
    }
    return status_of(controller_->patch(request->native_id(), *patch));
  }

  Status Remove(ServerContext* /*context*/, const v1::RemoveRequest* request,
                v1::RemoveResponse* /*response*/) override {
    return status_of(controller_->remove(request->native_id()));
  }

  // --- The state.

  Status Snapshot(ServerContext* /*context*/, const v1::SnapshotRequest* /*request*/,
                  v1::SnapshotResponse* response) override {
    const std::scoped_lock lock(mutex_);
    if (snapshots_.size() >= kMostSnapshots) {
      return bad(
          fmt::format("cannot keep another snapshot: {} are kept; forget some", snapshots_.size()));
    }
    snapshots_[++last_snapshot_] = controller_->snapshot();
    response->set_snapshot(last_snapshot_);
    return Status::OK;
  }

  Status Restore(ServerContext* /*context*/, const v1::RestoreRequest* request,
                 v1::RestoreResponse* /*response*/) override {
    const std::scoped_lock lock(mutex_);
    const auto found = snapshots_.find(request->snapshot());
    if (found == snapshots_.end()) return no_snapshot(request->snapshot());
    controller_->restore(found->second);
    return Status::OK;
  }

  Status Forget(ServerContext* /*context*/, const v1::ForgetRequest* request,
                v1::ForgetResponse* /*response*/) override {
    const std::scoped_lock lock(mutex_);
    return snapshots_.erase(request->snapshot()) == 1 ? Status::OK
                                                      : no_snapshot(request->snapshot());
  }

  Status Digest(ServerContext* /*context*/, const v1::DigestRequest* /*request*/,
                v1::DigestResponse* response) override {
    response->set_digest(controller_->digest());
    return Status::OK;
  }

  Status View(ServerContext* /*context*/, const v1::ViewRequest* /*request*/,
              grpc::ServerWriter<v1::CloudObject>* writer) override {
    for (const cloud::CloudObject& each : controller_->view()) {
      v1::CloudObject message;
      write(each, &message);
      if (!writer->Write(message)) break;
    }
    return Status::OK;
  }

  Status Reset(ServerContext* /*context*/, const v1::ResetRequest* /*request*/,
               v1::ResetResponse* /*response*/) override {
    controller_->reset();
    return Status::OK;
  }

  // --- The log.

  Status ReadLog(ServerContext* /*context*/, const v1::ReadLogRequest* request,
                 grpc::ServerWriter<v1::LogRecord>* writer) override {
    for (const cloud::LogRecord& each : controller_->log(request->after())) {
      v1::LogRecord message;
      write(each, &message);
      if (!writer->Write(message)) break;
    }
    return Status::OK;
  }

  Status LogEnd(ServerContext* /*context*/, const v1::LogEndRequest* /*request*/,
                v1::LogEndResponse* response) override {
    response->set_sequence(controller_->log_end());
    return Status::OK;
  }

  // --- How it behaves.

  Status SetGate(ServerContext* /*context*/, const v1::SetGateRequest* request,
                 v1::SetGateResponse* /*response*/) override {
    controller_->set_gate(request->open());
    return Status::OK;
  }

  Status SetBehaviours(ServerContext* /*context*/, const v1::SetBehavioursRequest* request,
                       v1::SetBehavioursResponse* /*response*/) override {
    const Result<cloud::Behaviours> behaviours = read(request->behaviours());
    if (!behaviours) return bad("cannot set the behaviours: " + behaviours.error().message);
    return status_of(controller_->set_behaviours(*behaviours));
  }

  Status SetIdCounter(ServerContext* /*context*/, const v1::SetIdCounterRequest* request,
                      v1::SetIdCounterResponse* /*response*/) override {
    constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max() / 2);
    if (request->next() > kMost) {
      return bad(fmt::format("cannot set the counter of native ids to {}: it must be {} at most",
                             request->next(), kMost));
    }
    return status_of(controller_->set_id_counter(request->next()));
  }

  // --- Helpers.

  Result<cloud::RuleId> inject(const v1::FaultRule& message) {
    const Result<cloud::FaultRule> rule = read(message);
    if (!rule) return fail("cannot use the fault rule: " + rule.error().message);
    if (!rule->type.empty() && find_type(cloud_.types(), rule->type) == nullptr) {
      return fail(fmt::format(
          "cannot use the fault rule: this cloud knows no type \"{}\"; leave it out for any",
          rule->type));
    }
    return controller_->inject(*rule);
  }

  static Status no_snapshot(uint64_t id) {
    return bad(fmt::format("there is no snapshot {}: it was never made, or is forgotten", id));
  }

  SharedCloud& cloud_;
  const std::unique_ptr<cloud::Controller> controller_;
  std::mutex mutex_;
  std::map<uint64_t, std::shared_ptr<const cloud::StateSnapshot>> snapshots_;
  uint64_t last_snapshot_ = 0;
};

}  // namespace

std::unique_ptr<grpc::Service> make_controller_service(SharedCloud& cloud) {
  return std::make_unique<ControllerService>(cloud);
}

}  // namespace squall::cloud_server
