#include "provider/tfplugin/reattach_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/hash.h"
#include "provider/socket_folder.h"
#include "provider/tfplugin/service.h"
#include "provider/tfplugin/wire/grpc_server.h"

namespace squall::tfplugin {

namespace {

// The cloud as one run sees it: its calls carry the run's number, and one of them may be the last.
class RunCloud final : public CloudAccess {
 public:
  RunCloud(SharedCloud& cloud, uint64_t number) : cloud_(cloud), number_(number) {}

  // strike: called in the calling thread, once; it must not wait for the call. lost: the call is
  // not made then, or its answer not used.
  void arm(const CallPoint& point, bool lost, std::function<void()> strike) {
    const std::scoped_lock lock(mutex_);
    armed_ = Armed{point, lost, std::move(strike)};
  }

  const std::vector<ResourceType>& types() const override { return cloud_.types(); }
  CloudTraits traits() const override { return cloud_.traits(); }
  Instant now() const override { return cloud_.now(); }

  void note(ProviderAnswer answer) {
    cloud_.locked([&](cloud::Cloud& it) { answer.log_end = it.log_end(); });
    const std::scoped_lock lock(mutex_);
    answers_.push_back(std::move(answer));
  }
  std::vector<ProviderAnswer> answers() const {
    const std::scoped_lock lock(mutex_);
    return answers_;
  }

  ProviderReply call(const ProviderRequest& request, const Patience& patience) override {
    ProviderRequest numbered = request;
    numbered.connection = number_;
    const std::optional<Armed> hit = take_hit(request);
    const bool is_before = hit && hit->point.when == CallPoint::When::kBeforeCall;
    if (is_before) hit->strike();
    if (is_before && hit->lost)
      return ProviderReply::failure(ErrorCode::kInternalFailure, "the provider has crashed");
    ProviderReply reply = cloud_.call(numbered, patience);
    if (hit && !is_before) hit->strike();
    return reply;
  }

 private:
  struct Armed {
    CallPoint point;
    bool lost = false;
    std::function<void()> strike;
  };

  std::optional<Armed> take_hit(const ProviderRequest& request) {
    const std::scoped_lock lock(mutex_);
    if (!armed_) return std::nullopt;
    CallPoint& point = armed_->point;
    if (point.call && *point.call != request.kind) return std::nullopt;
    if (!point.label.empty() && point.label != request.label) return std::nullopt;
    if (--point.nth > 0) return std::nullopt;
    return std::exchange(armed_, std::nullopt);
  }

  SharedCloud& cloud_;
  const uint64_t number_;
  mutable std::mutex mutex_;
  std::optional<Armed> armed_;
  std::vector<ProviderAnswer> answers_;
};

struct OpenRun {
  std::string name;
  std::shared_ptr<RunCloud> cloud;
  std::unique_ptr<ProviderService> service;
  std::unique_ptr<GrpcServer> server;  // goes before what it serves
};

std::string reattach_json(const std::string& address) {
  const JsonObject entry = {
      {"Protocol", "grpc"},
      {"ProtocolVersion", 6},
      {"Pid", static_cast<int64_t>(::getpid())},
      {"Test", true},
      {"Addr", JsonObject{{"Network", "unix"}, {"String", address}}},
  };
  return one_line(JsonObject{{kProviderSource, entry}});
}

}  // namespace

struct ReattachServer::Impl {
  Impl(SharedCloud& given, std::shared_ptr<const Mapping> mapped, SocketFolder where)
      : cloud(given),
        mapping(std::move(mapped)),
        folder(std::move(where)),
        undertaker([this](const std::stop_token& ended) { bury(ended); }) {}

  // A run that crashes cannot wait in its own thread until all of its threads have ended.
  void bury(const std::stop_token& ended) {
    std::unique_lock lock(mutex);
    for (;;) {
      crashed_changed.wait(lock, ended, [this] { return !crashed.empty(); });
      if (crashed.empty()) return;
      const std::shared_ptr<OpenRun> run = std::move(crashed.back());
      crashed.pop_back();
      lock.unlock();
      run->server->drop();
      lock.lock();
    }
  }

  void crash(const std::shared_ptr<OpenRun>& run) {
    if (run == nullptr || run->service->is_killed()) return;
    run->service->kill();
    ProviderAnswer last;
    last.caller = run->name;
    last.delivered = false;
    run->cloud->note(std::move(last));
    const std::scoped_lock lock(mutex);
    crashed.push_back(run);
    crashed_changed.notify_all();
  }

  Result<void> arm(const std::string& run, const CallPoint& point, bool lost,
                   std::function<void(const std::shared_ptr<OpenRun>&)> strike);

  std::shared_ptr<OpenRun> find(const std::string& run) const {
    const std::scoped_lock lock(mutex);
    const auto found = runs.find(run);
    return found == runs.end() ? nullptr : found->second;
  }

  SharedCloud& cloud;
  const std::shared_ptr<const Mapping> mapping;
  const SocketFolder folder;
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<OpenRun>> runs;
  uint64_t opened = 0;
  std::vector<std::shared_ptr<OpenRun>> crashed;  // their connections are still to be cut
  std::condition_variable_any crashed_changed;
  std::jthread undertaker;  // the last member: it uses the others
};

ReattachServer::ReattachServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<ReattachServer>> ReattachServer::start(SharedCloud& cloud,
                                                              const std::string& parent) {
  TRY(Mapping mapping, Mapping::of(cloud.types()));
  TRY(SocketFolder folder, SocketFolder::make(parent));
  return std::unique_ptr<ReattachServer>(new ReattachServer(std::make_unique<Impl>(
      cloud, std::make_shared<const Mapping>(std::move(mapping)), std::move(folder))));
}

ReattachServer::~ReattachServer() {
  for (;;) {
    std::string name;
    {
      const std::scoped_lock lock(impl_->mutex);
      if (impl_->runs.empty()) break;
      name = impl_->runs.begin()->first;
    }
    close_run(name);
  }
  impl_->undertaker.request_stop();
  impl_->undertaker.join();
}

const std::string& ReattachServer::folder() const { return impl_->folder.path(); }

Result<ReattachServer::Run> ReattachServer::open_run(const std::string& run) {
  auto opened = std::make_shared<OpenRun>();
  uint64_t number = 0;
  {
    const std::scoped_lock lock(impl_->mutex);
    if (impl_->runs.contains(run)) {
      return fail(fmt::format("cannot open the run {}: a run of this name is open", run));
    }
    number = ++impl_->opened;
  }
  opened->name = run;
  opened->cloud = std::make_shared<RunCloud>(impl_->cloud, number);
  opened->service = std::make_unique<ProviderService>(
      impl_->mapping,
      ProviderService::Identity{.run = run, .nonce = combine(hash_text(run), number)},
      [cloud = opened->cloud](const std::string& /*cloud_file*/)
          -> Result<std::shared_ptr<CloudAccess>> { return cloud; });
  opened->service->on_answer(
      [cloud = opened->cloud](ProviderAnswer answer) { cloud->note(std::move(answer)); });
  const std::string address = fmt::format("{}/{}", impl_->folder.path(), number);
  TRY(opened->server,
      GrpcServer::start(*opened->service,
                        {.socket_path = address, .tls = std::nullopt, .on_shutdown = {}}));
  const std::scoped_lock lock(impl_->mutex);
  impl_->runs[run] = std::move(opened);
  return Run{.address = address, .reattach = reattach_json(address)};
}

std::vector<ProviderAnswer> ReattachServer::close_run(const std::string& run) {
  std::shared_ptr<OpenRun> closed;
  {
    const std::scoped_lock lock(impl_->mutex);
    const auto found = impl_->runs.find(run);
    if (found == impl_->runs.end()) return {};
    closed = std::move(found->second);
    impl_->runs.erase(found);
  }
  closed->service->kill();
  closed->server->drop();
  return closed->cloud->answers();
}

Result<void> ReattachServer::kill_run(const std::string& run) {
  const std::shared_ptr<OpenRun> found = impl_->find(run);
  if (found == nullptr) return fail(fmt::format("cannot kill the run {}: it is not open", run));
  impl_->crash(found);
  return {};
}

Result<void> ReattachServer::Impl::arm(
    const std::string& run, const CallPoint& point, bool lost,
    std::function<void(const std::shared_ptr<OpenRun>&)> strike) {
  const std::shared_ptr<OpenRun> found = find(run);
  if (found == nullptr) {
    return fail(fmt::format("cannot arm a crash in the run {}: it is not open", run));
  }
  if (point.nth == 0) {
    return fail(fmt::format("cannot arm a crash in the run {}: calls are counted from 1", run));
  }
  const std::weak_ptr<OpenRun> weak = found;
  found->cloud->arm(point, lost, [weak, strike = std::move(strike)] { strike(weak.lock()); });
  return {};
}

Result<void> ReattachServer::arm_kill(const std::string& run, const CallPoint& point) {
  return impl_->arm(run, point, /*lost=*/true,
                    [impl = impl_.get()](const auto& struck) { impl->crash(struck); });
}

Result<void> ReattachServer::arm(const std::string& run, const CallPoint& point,
                                 std::function<void()> strike) {
  return impl_->arm(run, point, /*lost=*/false,
                    [strike = std::move(strike)](const auto& /*struck*/) { strike(); });
}

bool ReattachServer::is_killed(const std::string& run) const {
  const std::shared_ptr<OpenRun> found = impl_->find(run);
  return found != nullptr && found->service->is_killed();
}

}  // namespace squall::tfplugin
