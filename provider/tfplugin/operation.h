// What the provider does with the cloud for one resource: create, read, update, delete, with
// retries. The rules stand in docs/terraform-mapping.md, "Retries".
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "provider/cloud_access.h"
#include "provider/tfplugin/mapping.h"

namespace squall::tfplugin {

// How often and how long; attributes of the provider's configuration.
struct RetryPolicy {
  uint32_t max_retries = 8;
  Duration retry_delay = std::chrono::milliseconds(25);  // doubled by each further try, up to
  Duration longest_delay = std::chrono::seconds(1);      // this
  Duration call_deadline = std::chrono::seconds(10);
  bool optimistic_locking = true;  // updates and deletes carry the version that was read last
};

// The opaque bytes that Terraform keeps beside a state for us.
struct PrivateData {
  std::string token;         // of the create
  StateVersion version = 0;  // of the object, as last heard; 0: unknown
  Instant changed;           // when we last changed it
  std::string bytes() const;
  // What is no such text counts as empty: it is the state that counts.
  static PrivateData parse(std::string_view bytes);
};

// How an operation ended.
struct Outcome {
  // What is there now, as far as it is known; nullopt: nothing, or nobody knows.
  std::optional<Value> state;
  PrivateData private_data;
  // Set: it failed, so.
  struct Failure {
    ErrorCode code = ErrorCode::kUnforeseenError;
    std::string message;
  };
  std::optional<Failure> failure;
};

// The value with null for what is not known: what a state may hold.
Value known_part(const Value& value);

class Operation {
 public:
  struct Context {
    CloudAccess& cloud;
    const TypeMapping& mapping;
    const RetryPolicy& policy;
    std::string target;
    std::string run;
    std::stop_token stop;
    std::stop_token killed;
  };
  explicit Operation(Context context);

  // Creates what is planned. A create of which nobody can say whether it was carried out leaves a
  // state without an id, and its token in the private data: the next read settles it.
  Outcome create(const Value& planned, const Value& config, PrivateData known);
  // No state and no failure: the object is gone.
  Outcome read(const Value& current, const PrivateData& known);
  Outcome update(const Value& prior, const Value& planned, const Value& config,
                 const PrivateData& known);
  Outcome remove(const Value& prior, const PrivateData& known);

  // Data sources.
  Result<std::pair<NativeId, JsonObject>> find_by_id(const NativeId& id);
  // parent: native id of the parent, or "".
  Result<std::pair<NativeId, JsonObject>> find_by_name(const std::string& name,
                                                       const NativeId& parent);

 private:
  // Tries of one call to the cloud.
  class Budget;

  ProviderRequest request(CallKind kind, const Value& about) const;
  // One call, and where it is answered "in progress" as many polls as it takes.
  ProviderReply call(const ProviderRequest& request);
  ProviderReply poll(const ProviderRequest& origin, std::string request_id);
  // The same, again while the answer says that it may be: for calls without an effect.
  ProviderReply call_patiently(const ProviderRequest& request);
  ProviderReply read_object(const Value& about, const PrivateData& known);
  Outcome settle(const Value& planned, const PrivateData& known, const ProviderReply& last);
  Outcome settled_read(const Value& current, const PrivateData& known);
  ProviderReply checked(const ProviderRequest& request, ProviderReply reply) const;
  Result<Outcome> taken_again(const ProviderReply& now, const Value& planned, const Value& config,
                              ProviderRequest& update, Value& base, PrivateData& known);
  Outcome told(const ProviderReply& reply, const Value& before, PrivateData known,
               bool changed_now) const;
  bool shows(const ProviderReply& reply, const Value& planned) const;
  bool may_repeat(ErrorCode code) const;
  bool is_ended() const;
  void wait(Duration time) const;

  Context context_;
  CloudTraits traits_;
};

}  // namespace squall::tfplugin
