// What tests of calls need: waiting for answers, counting them, and comparing what came through.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include "provider/plugin/plugin_client.h"

namespace squall::plugin {

inline ProviderReply call_and_wait(PluginClient& client, const ProviderRequest& request,
                                   Duration deadline = std::chrono::minutes(10)) {
  std::promise<ProviderReply> answered;
  client.call(request, deadline,
              [&answered](ProviderReply reply) { answered.set_value(std::move(reply)); });
  return answered.get_future().get();
}

// Answers to any number of calls.
class Answers {
 public:
  std::function<void(ProviderReply)> expect_one() {
    const std::scoped_lock lock(mutex_);
    ++missing_;
    return [this](ProviderReply reply) {
      const std::scoped_lock inner(mutex_);
      EXPECT_GT(missing_, 0U) << "an answer too many";
      --missing_;
      replies_.push_back(std::move(reply));
      changed_.notify_all();
    };
  }
  void wait_until_fewer_are_missing(size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return missing_ < number; });
  }
  size_t size() {
    const std::scoped_lock lock(mutex_);
    return replies_.size();
  }
  // Failures with this code.
  size_t count(ErrorCode code) {
    const std::scoped_lock lock(mutex_);
    size_t out = 0;
    for (const ProviderReply& each : replies_) {
      out += each.status == ReplyStatus::kFailure && each.error == code ? 1 : 0;
    }
    return out;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t missing_ = 0;
  std::vector<ProviderReply> replies_;
};

inline void expect_same(const ProviderRequest& is, const ProviderRequest& expected) {
  EXPECT_EQ(is.kind, expected.kind);
  EXPECT_EQ(is.type, expected.type);
  EXPECT_EQ(is.target, expected.target);
  EXPECT_EQ(is.label, expected.label);
  EXPECT_EQ(is.caller, expected.caller);
  EXPECT_EQ(is.connection, expected.connection);
  EXPECT_EQ(is.native_id, expected.native_id);
  EXPECT_EQ(is.properties, expected.properties);
  EXPECT_EQ(is.patch, expected.patch);
  EXPECT_EQ(is.token, expected.token);
  EXPECT_EQ(is.if_version, expected.if_version);
  EXPECT_EQ(is.request_id, expected.request_id);
  EXPECT_EQ(is.parent, expected.parent);
  EXPECT_EQ(is.page_token, expected.page_token);
}

inline void expect_same(const ProviderReply& is, const ProviderReply& expected) {
  EXPECT_EQ(is.status, expected.status);
  if (expected.status == ReplyStatus::kFailure) {
    EXPECT_EQ(is.error, expected.error);
    EXPECT_EQ(is.message, expected.message);
  }
  EXPECT_EQ(is.native_id, expected.native_id);
  EXPECT_EQ(is.properties, expected.properties);
  EXPECT_EQ(is.version, expected.version);
  EXPECT_EQ(is.request_id, expected.request_id);
  ASSERT_EQ(is.listed.size(), expected.listed.size());
  for (size_t i = 0; i < is.listed.size(); ++i) {
    EXPECT_EQ(is.listed[i].native_id, expected.listed[i].native_id);
    EXPECT_EQ(is.listed[i].properties, expected.listed[i].properties);
  }
  EXPECT_EQ(is.next_page, expected.next_page);
}

}  // namespace squall::plugin
