#include "provider/cloud_server/remote_cloud.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "proto/squall/cloud/v1/cloud.grpc.pb.h"
#include "provider/cloud_server/wire/cloud_messages.h"
#include "provider/plugin/wire/caller.h"

namespace squall {

namespace {

namespace v1 = cloud::v1;
using plugin::wire::deadline_in;
using plugin::wire::failure_of;
using std::chrono::steady_clock;

// What is asked beside the operations.
constexpr Duration kLongestQuestion = std::chrono::seconds(10);

Duration steady_now() {
  return std::chrono::duration_cast<Duration>(steady_clock::now().time_since_epoch());
}

class RemoteCloud final : public CloudAccess {
 public:
  explicit RemoteCloud(const std::string& socket_path) : caller_(socket_path) {}

  Result<void> ask() {
    v1::TypesResponse types;
    grpc::ClientContext context;
    context.set_deadline(deadline_in(kLongestQuestion));
    const grpc::Status status = caller_.stub().Types(&context, {}, &types);
    if (!status.ok()) return fail(failure_of(status).message);
    TRY(types_, cloud_server::read(types));
    TRY(const v1::TraitsResponse traits, ask_traits());
    traits_ = cloud_server::read(traits);
    ahead_ = Duration(traits.now_us()) - steady_now();
    return {};
  }

  const std::vector<ResourceType>& types() const override { return types_; }

  CloudTraits traits() const override {
    const Result<v1::TraitsResponse> now = ask_traits();
    const std::scoped_lock lock(mutex_);
    if (now) traits_ = cloud_server::read(*now);
    return traits_;
  }

  Instant now() const override { return Instant(ahead_ + steady_now()); }

  ProviderReply call(const ProviderRequest& request, const Patience& patience) override;

 private:
  Result<v1::TraitsResponse> ask_traits() const {
    v1::TraitsResponse traits;
    grpc::ClientContext context;
    context.set_deadline(deadline_in(kLongestQuestion));
    const grpc::Status status = caller_.stub().Traits(&context, {}, &traits);
    if (!status.ok()) return fail(failure_of(status).message);
    return traits;
  }

  mutable plugin::wire::Caller<v1::Cloud> caller_;
  std::vector<ResourceType> types_;
  Duration ahead_ = Duration(0);  // the cloud's clock is so far ahead of this machine's steady one
  mutable std::mutex mutex_;
  mutable CloudTraits traits_;  // the last ones told
};

// What the caller of one call waits for.
struct Awaited {
  void wake() {
    // Whoever is about to wait does so before this, or sees what it is woken for.
    {
      const std::scoped_lock lock(mutex);
    }
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::optional<ProviderReply> reply;
};

ProviderReply RemoteCloud::call(const ProviderRequest& request, const Patience& patience) {
  // Shared: whoever wakes this call may still be at it when it has returned.
  const auto awaited = std::make_shared<Awaited>();
  const auto under_way = caller_.call(request, patience.deadline, [awaited](ProviderReply told) {
    {
      const std::scoped_lock lock(awaited->mutex);
      awaited->reply = std::move(told);
    }
    awaited->changed.notify_all();
  });
  const auto wake = [&awaited] { awaited->wake(); };
  const std::stop_callback on_stop(patience.stop, wake);
  const std::stop_callback on_kill(patience.killed, wake);

  // gRPC looks after the deadline. It always answers in the end: what is given up is canceled
  // first.
  std::unique_lock lock(awaited->mutex);
  std::optional<steady_clock::time_point> give_up;
  bool canceled = false;
  while (!awaited->reply) {
    if (patience.stop.stop_requested() && !give_up) give_up = steady_clock::now() + patience.grace;
    const bool is_over =
        patience.killed.stop_requested() || (give_up && steady_clock::now() >= *give_up);
    if (is_over && !std::exchange(canceled, true)) {
      lock.unlock();
      under_way->context.TryCancel();
      lock.lock();
    } else if (give_up && !canceled) {
      awaited->changed.wait_until(lock, *give_up);
    } else {
      awaited->changed.wait(lock);
    }
  }
  if (!canceled || awaited->reply->ok()) return *std::move(awaited->reply);
  return ProviderReply::failure(ErrorCode::kDeadlineExceeded,
                                "given up before there was an answer");
}

}  // namespace

Result<std::shared_ptr<CloudAccess>> connect_to_cloud(const std::string& socket_path) {
  auto remote = std::make_shared<RemoteCloud>(socket_path);
  const Result<void> asked = remote->ask();
  if (asked) return remote;
  return fail(fmt::format("cannot use the cloud at {}: {}; is it served there?", socket_path,
                          asked.error().message));
}

}  // namespace squall
