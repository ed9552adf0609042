// Providers for the tests of the agent: a shell script is the process that the agent starts, and
// announces a socket of this process, where a provider answers that does what it is told.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/provider_process.h"
#include "agent/work_queue.h"
#include "documents/generic_types.h"
#include "provider/plugin/handshake.h"
#include "provider/plugin/plugin_server.h"
#include "provider/socket_folder.h"

namespace squall::agent {

class FakeProvider final : public plugin::ResourceProvider {
 public:
  Result<plugin::Description> describe() override {
    const std::scoped_lock lock(mutex);
    if (descriptions.empty()) return fail("it has forgotten what it is");
    plugin::Description next = descriptions.front();
    if (descriptions.size() > 1) descriptions.erase(descriptions.begin());
    return next;
  }
  ProviderReply create(const ProviderRequest& request, const plugin::CallContext&) override {
    ++creates;
    return on_create(request);
  }
  ProviderReply settle(const ProviderRequest&, const plugin::CallContext&) override { return {}; }
  ProviderReply read(const ProviderRequest&, const plugin::CallContext&) override { return {}; }
  ProviderReply update(const ProviderRequest&, const plugin::CallContext&) override { return {}; }
  ProviderReply remove(const ProviderRequest&, const plugin::CallContext&) override { return {}; }
  ProviderReply status(const ProviderRequest&, const plugin::CallContext&) override { return {}; }
  ProviderReply list(const ProviderRequest&, const plugin::CallContext&) override { return {}; }

  std::mutex mutex;
  // What it says of itself, one after the other; the last one from then on.
  std::vector<plugin::Description> descriptions = {
      {.name = "fake", .schemas = generic_types(), .rate_per_second = 7}};
  std::function<ProviderReply(const ProviderRequest&)> on_create = [](const ProviderRequest&) {
    ProviderReply reply;
    reply.native_id = "native-1";
    return reply;
  };
  std::atomic<int> creates = 0;
};

// Runs what an io_context has to do in the test's thread, one handler at a time.
class IoTest : public testing::Test {
 protected:
  // Until it is so.
  void run_until(const std::function<bool()>& is_so) {
    constexpr auto kPatience = std::chrono::seconds(20);
    while (!is_so()) ASSERT_EQ(io_.run_one_for(kPatience), 1U) << "nothing happens any more";
  }
  // What is there to be done now.
  void run_what_is_due() { io_.poll(); }

  boost::asio::io_context io_{1};
  WorkQueue queue_{io_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
      boost::asio::make_work_guard(io_);
};

class WithProvider : public IoTest {
 protected:
  WithProvider() {
    auto started = plugin::PluginServer::start(provider_, socket());
    EXPECT_TRUE(started) << started.error().message;
    server_ = *std::move(started);
  }

  const std::string& folder() const { return folder_.path(); }
  std::string socket() const { return folder() + "/socket"; }
  // Where a script writes, and looks, what it has done before.
  std::string mark() const { return folder() + "/mark"; }
  // Announces the provider, and ends when its input does.
  std::string announce() const {
    return fmt::format("echo '{}'; exec cat >/dev/null",
                       plugin::to_line({.version = 1, .socket = socket()}));
  }
  // Does something else when it is started first.
  std::string first(const std::string& script) const {
    return fmt::format("if [ ! -e {0} ]; then : > {0}; {1}; fi; {2}", mark(), script, announce());
  }
  static ProviderOptions options(const std::string& script) {
    return {.command = {"/bin/sh", "-c", script},
            .start_deadline = std::chrono::seconds(20),
            .first_pause = std::chrono::milliseconds(1),
            .longest_pause = std::chrono::milliseconds(4)};
  }
  static ProviderRequest create_request() {
    ProviderRequest request;
    request.kind = CallKind::kCreate;
    request.type = kGenericResource;
    request.target = "target-0";
    request.label = "one";
    request.token = "token";
    request.properties.set("Name", Json("one"));
    return request;
  }

  FakeProvider provider_;

 private:
  SocketFolder folder_ = *SocketFolder::make();

 protected:
  std::unique_ptr<plugin::PluginServer> server_;
};

}  // namespace squall::agent
