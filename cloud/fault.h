// Faults: ways in which a call goes wrong. A fault kind is one file in cloud/faults/ and one line
// in cloud/faults/kinds.inc; copy lost_reply.cpp to add one.
//
// A rule says which call a fault hits: by resource label, kind of call and ordinal, counted from
// the moment the rule was injected. The suite injects the rules of an operation when that operation
// starts, so that deleting one step of a case leaves the others' faults alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "documents/provider_call.h"

namespace squall::cloud {

// What becomes of a call, as a plan for whoever carries messages (the simulation's link, the gRPC
// server). Delays count from the call's arrival.
struct Delivery {
  std::vector<Duration> execute_after = {Duration(0)};  // empty: never executed
  // When the answer leaves; never before the first execution where it is the true one. nullopt:
  // never.
  std::optional<Duration> answer_after = Duration(0);
  std::optional<ErrorCode> answer_instead;  // said instead of what happened
  std::string words;                        // the message that goes with answer_instead
};

// The parameters of one fault, drawn by the generator or written in a scenario file.
struct FaultEffect {
  std::string kind;               // name of a FaultKind
  std::optional<ErrorCode> code;  // one of its codes; nullopt where it has none, or silence
  Duration delay = Duration(0);   // between its min_delay and max_delay
  uint32_t variant = 0;           // which of the kind's variants, from 0
  friend bool operator==(const FaultEffect&, const FaultEffect&) = default;
};

struct Behaviours;  // cloud/controller.h
struct Executed;    // cloud/calls.h
struct Truth;       // cloud/calls.h

// A call that is being executed, for the faults that change how, or what is said of it.
struct FaultedCall {
  Truth& truth;
  const Behaviours& behaviours;
  const ProviderRequest& request;
  const FaultEffect& effect;
  Instant now;
};

// What the cloud must have for a fault to be within the contract, and to do anything at all.
struct FaultNeeds {
  bool versions = false;
  bool tokens = false;
  bool window = false;  // a consistency window
  bool asynchronous = false;
};

// When a hit counts as one that mattered.
enum class Matters {
  kByVerdict,    // the call would have succeeded, had it been executed on arrival
  kByOrder,      // something else was written to the log before its execution, so its place in the
                 // order of things may have changed
  kByExecution,  // its execution, or what was said of it, was not the plain one
};

struct FaultKind {
  std::string_view name;              // "lost-reply"
  std::string_view summary;           // one sentence for `squall list faults`
  bool within_contract;               // outcomes.md, "Contract of a fault"
  std::vector<CallKind> calls;        // what it can hit
  std::vector<ErrorCode> codes = {};  // what it may answer with; empty: it takes no code
  bool may_be_silent = false;  // also without a code: no answer at all, until the caller's deadline
  Duration min_delay = Duration(0);  // both 0: it takes no delay
  Duration max_delay = Duration(0);
  // Changes the delivery; nullptr: it is a plain one.
  void (*shape)(const FaultEffect& effect, Delivery& delivery) = nullptr;
  Matters matters = Matters::kByVerdict;
  // Takes the place of the plain execution; nullptr: that one.
  Executed (*execute)(const FaultedCall& call) = nullptr;
  FaultNeeds needs = {};
  uint32_t variants = 1;  // ways in which it shows; an effect says which
  // Beyond the contract: which invariants it may break, of which identity, until when. Else "".
  std::string_view may_break = {};
};

// The list of cloud/faults/kinds.inc, in the order in which `squall list faults` prints them.
std::span<const FaultKind* const> fault_kinds();
const FaultKind* find_fault_kind(std::string_view name);

using RuleId = uint64_t;

struct FaultRule {
  std::string label;             // resource label; empty: any
  std::string type;              // resource type; empty: any
  std::optional<CallKind> call;  // nullopt: any kind the fault can hit
  uint32_t nth = 1;              // the first matching call it hits, from 1
  uint32_t count = 1;            // how many in a row
  uint32_t permille = 0;         // > 0: a standing rule instead, with this probability each time
  FaultEffect effect;
  friend bool operator==(const FaultRule&, const FaultRule&) = default;
};

// Unknown fault, a code, delay or variant it does not take, nth or count 0, permille over 1000,
// both kinds of rule at once: an error that says which.
Result<void> validate(const FaultRule& rule);

// What `effect` makes of a call. REQUIRES: its kind is known.
Delivery delivery_of(const FaultEffect& effect);

}  // namespace squall::cloud
