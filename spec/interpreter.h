// The naive sequential interpreter: admits one request after the other and carries each plan out at
// once, as if nothing ever failed. Fault-free cases must end as it does (suite.md, "The judge").
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "spec/admit.h"
#include "spec/snapshot.h"

namespace squall::spec {

class Interpreter {
 public:
  // All the properties of an object that has just been created with `properties`: those, and what
  // the cloud makes up, which no specification can know (read-only ones, defaults, other
  // spellings). A caller that compares hands in what the cloud did make.
  using Mint = std::function<JsonObject(const ResourceIdentity&, const JsonObject& properties)>;

  // schemas: outlives the interpreter. mint: by default the schema's Identifier gets a counted
  // text.
  explicit Interpreter(const std::vector<Schema>& schemas, Mint mint = nullptr);

  // Decides the request and, where it is accepted, carries it out. The key of an accepted request
  // gives the same verdict again and does nothing more.
  Verdict submit(const CommandRequest& request);

  const BelievedRows& rows() const { return state_.rows; }
  const std::map<std::string, Target>& targets() const { return state_.targets; }

 private:
  Verdict decide(const CommandRequest& request);
  void commit(const std::vector<DeclaredRewrite>& rewrites, const std::vector<Target>& targets);
  void carry_out(const Plan& plan, Mode mode);
  // Each gives false where the provider refuses: an update may not change a CreateOnly field.
  bool carry_out(const PlannedUpdate& update, Mode mode);
  void carry_out_delete(const PlannedUpdate& update);
  void carry_out_create(const PlannedUpdate& update, Mode mode);
  bool carry_out_update(const PlannedUpdate& update, Mode mode);

  Snapshot state_;  // nothing is ever running
  Mint mint_;
  std::map<std::string, Verdict> by_key_;
  int created_ = 0;
};

}  // namespace squall::spec
