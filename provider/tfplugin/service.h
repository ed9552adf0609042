// The provider as Terraform and OpenTofu know it: one function per procedure of the protocol, in
// plain types. What goes over the wire is the business of wire/; what a value means that of
// mapping.h.
//
// No function throws, crashes or waits without bound on whatever it is given: what is wrong comes
// back as diagnostics. Any number of threads may call at once.
//
// The rules for retries stand in docs/terraform-mapping.md.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "documents/provider_answer.h"
#include "provider/cloud_access.h"
#include "provider/tfplugin/mapping.h"

namespace squall::tfplugin {

struct Diagnostic {
  std::string summary;
  std::string detail;
  std::vector<std::string> attribute;  // path by names; empty: the whole
};
using Diagnostics = std::vector<Diagnostic>;  // all of them errors

// A value as it came: MessagePack, or JSON where that is empty. Both empty: null.
struct WireValue {
  std::string_view msgpack;
  std::string_view json;
};

struct StateReply {
  Bytes state;  // MessagePack; empty where there are diagnostics and nothing is to be kept
  Bytes private_data;
  Diagnostics diagnostics;
};

struct PlanRequest {
  std::string_view type;
  WireValue prior;
  WireValue proposed;
  WireValue config;
  std::string_view prior_private;
};
struct PlanReply : StateReply {
  std::vector<std::vector<std::string>> requires_replace;
};

struct ApplyRequest {
  std::string_view type;
  WireValue prior;
  WireValue planned;
  WireValue config;
  std::string_view planned_private;
};

struct MoveRequest {
  std::string_view source_type;
  int64_t source_version = 0;
  std::string_view source_state;  // JSON
  std::string_view source_private;
  std::string_view target_type;
};

class ProviderService {
 public:
  // Gives the cloud that the provider's configuration means. cloud_file: its attribute, or "".
  using OpenCloud =
      std::function<Result<std::shared_ptr<CloudAccess>>(const std::string& cloud_file)>;

  // run: the `caller` of every call to the cloud. nonce: what create tokens are made from, so that
  // the same plan of one run has the same tokens, and no other run has them.
  struct Identity {
    std::string run;
    uint64_t nonce = 0;
  };
  ProviderService(std::shared_ptr<const Mapping> mapping, Identity identity, OpenCloud open);
  ~ProviderService();

  // Called with what each read and apply came to, in the thread that asked, before it is told.
  // REQUIRES: nobody has asked for anything yet.
  using OnAnswer = std::function<void(ProviderAnswer answer)>;
  void on_answer(OnAnswer handler);
  ProviderService(const ProviderService&) = delete;
  ProviderService& operator=(const ProviderService&) = delete;

  const Mapping& mapping() const;
  static const Block& provider_schema();

  Diagnostics validate_provider(const WireValue& config) const;
  Diagnostics configure(const WireValue& config);
  // write_only_allowed: the client knows of WriteOnly attributes.
  Diagnostics validate_resource(std::string_view type, const WireValue& config,
                                bool write_only_allowed) const;
  Diagnostics validate_data(std::string_view type, const WireValue& config) const;
  StateReply upgrade(std::string_view type, int64_t version, std::string_view state_json) const;
  StateReply read(std::string_view type, const WireValue& current, std::string_view private_data);
  PlanReply plan(const PlanRequest& request);
  StateReply apply(const ApplyRequest& request);
  StateReply import(std::string_view type, std::string_view id) const;
  StateReply move(const MoveRequest& request) const;
  StateReply read_data(std::string_view type, const WireValue& config);

  // The command line was interrupted: waits end, no call is repeated.
  void stop();
  // The provider has "crashed": whoever waits for the cloud does so no longer.
  void kill();
  bool is_killed() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::tfplugin
