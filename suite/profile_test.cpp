#include "suite/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "documents/json.h"
#include "spec/admit.h"
#include "suite/content.h"
#include "suite/operation_type.h"

namespace squall::suite {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

const Profile& profile_named(std::string_view name) {
  const Result<const Profile*> profile = find_profile(name);
  EXPECT_TRUE(profile.has_value());
  return **profile;
}

Case draw(uint64_t seed, const Profile& profile, const Traits& traits = {}) {
  property::Choices choices(seed);
  return generate(choices, profile, traits, cloud::built_in_types());
}

// Shows: a profile is found by its name and by its alias; an unknown one is named in the error,
// with those there are.
TEST(Profile, IsFoundByName) {
  EXPECT_EQ(&profile_named("happy"), &profile_named("sequential-happy-path"));
  EXPECT_EQ(&profile_named("failures"), &profile_named("sequential-with-failures"));
  const Result<const Profile*> none = find_profile("chaos-monkey");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().message,
            "there is no profile \"chaos-monkey\": use one of happy, failures");
}

// Shows: a seed is a case, and another seed another one.
TEST(Profile, SameSeedSameCase) {
  for (const Profile& profile : profiles()) {
    size_t different = 0;
    for (uint64_t seed = 1; seed <= 50; ++seed) {
      EXPECT_EQ(draw(seed, profile), draw(seed, profile));
      different += draw(seed, profile) == draw(seed + 1, profile) ? 0 : 1;
    }
    EXPECT_EQ(different, 50U);
  }
}

// Shows: a recorded sequence played back gives the case again.
TEST(Profile, ReplaysItsChoices) {
  for (const Profile& profile : profiles()) {
    property::Choices drawn(7);
    const Case first = generate(drawn, profile, {}, cloud::built_in_types());
    const property::ChoiceSequence sequence = drawn.sequence();
    property::Choices replayed(sequence.choices);
    EXPECT_EQ(generate(replayed, profile, {}, cloud::built_in_types()), first);
  }
}

// Shows: the simplest case does nothing at all, in one stack, without faults.
TEST(Profile, SimplestCaseIsEmpty) {
  for (const Profile& profile : profiles()) {
    property::Choices simplest{std::span<const property::Choice>()};
    const Case value = generate(simplest, profile, {}, cloud::built_in_types());
    EXPECT_TRUE(value.operations.empty());
    EXPECT_EQ(value.world.stacks.size(), 1U);
    EXPECT_EQ(value.world.slots.size(), profile.slots);
    EXPECT_EQ(value.seed, 0U);
    EXPECT_EQ(value.world.behaviours, cloud::Behaviours());
  }
}

// Shows: every world can be built: parents come before their children, are of the right type, and
// every stack that is used is there.
TEST(Profile, WorldsAreValid) {
  for (const Profile& profile : profiles()) {
    for (uint64_t seed = 0; seed < 200; ++seed) {
      const World world = draw(seed, profile).world;
      ASSERT_LE(world.stacks.size(), profile.max_stacks);
      std::set<std::string> seen;
      for (const Slot& slot : world.slots) {
        EXPECT_TRUE(seen.insert(slot.label).second) << slot.label;
        EXPECT_NE(std::ranges::find(world.stacks, slot.stack), world.stacks.end());
        const ResourceType* type = find_type(cloud::built_in_types(), slot.type);
        ASSERT_NE(type, nullptr);
        for (const FieldShape& shape : type->shapes) {
          const auto reference = slot.properties.contains(shape.path)
                                     ? as_short_reference(slot.properties.at(shape.path))
                                     : std::nullopt;
          if (!reference) continue;
          ASSERT_TRUE(seen.contains(reference->first));
          EXPECT_EQ(world.find(reference->first)->type, shape.refers_to);
        }
      }
    }
  }
}

// Shows: on an empty engine, no request of a generated case without a flaw is malformed: what is
// rejected is rejected for what is missing, never for how it is written.
TEST(Profile, RequestsAreWellFormed) {
  const std::vector<Schema> schemas = schemas_of(cloud::built_in_types());
  size_t accepted = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Case value = draw(seed, profile_named("failures"));
    for (const Operation& operation : value.operations) {
      if (operation.kind != "apply" || operation.flaw != Flaw::kNone) continue;
      spec::Snapshot nothing;
      nothing.schemas = &schemas;
      const spec::Verdict verdict = spec::admit(nothing, request_of(value.world, operation));
      if (std::holds_alternative<spec::Plan>(verdict)) ++accepted;
      const auto* refused = std::get_if<spec::Refused>(&verdict);
      if (refused == nullptr) continue;
      EXPECT_NE(refused->type, RejectionType::kInvalidForma) << refused->reason;
      EXPECT_NE(refused->type, RejectionType::kCyclesDetected) << refused->reason;
      EXPECT_NE(refused->type, RejectionType::kRequiredFieldMissingOnCreate) << refused->reason;
    }
  }
  EXPECT_GT(accepted, 100U);
}

// Shows: the happy profile draws one stack, waits for every command, and draws no fault or crash.
TEST(Profile, HappyIsQuiet) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Case value = draw(seed, profile_named("happy"));
    EXPECT_EQ(value.world.stacks.size(), 1U);
    EXPECT_EQ(value.world.behaviours, cloud::Behaviours());
    EXPECT_EQ(value.world.provider_rate, 0U);
    EXPECT_EQ(fault_count(value), 0U);
    for (const Operation& operation : value.operations) EXPECT_TRUE(operation.blocking);
  }
}

// Shows: every fault that is drawn is a valid rule for a slot of the world, and all kinds within
// the contract and all moments come up.
TEST(Profile, FaultsAreValid) {
  std::set<std::string> kinds;
  std::set<CrashMoment> moments;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Case value = draw(seed, profile_named("failures"));
    for (const Operation& operation : value.operations) {
      for (const cloud::FaultRule& rule : operation.faults) {
        const Result<void> valid = cloud::validate(rule);
        EXPECT_TRUE(valid.has_value()) << valid.error().message;
        EXPECT_NE(value.world.find(rule.label), nullptr);
        EXPECT_TRUE(cloud::find_fault_kind(rule.effect.kind)->within_contract);
        kinds.insert(rule.effect.kind);
      }
      for (const CrashPoint& crash : operation.crashes) moments.insert(crash.moment);
    }
  }
  for (const cloud::FaultKind* kind : cloud::fault_kinds())
    EXPECT_EQ(kinds.contains(std::string(kind->name)), kind->within_contract) << kind->name;
  EXPECT_EQ(moments.size(), Traits().crash_moments.size());
}

// Shows: between two commands that are waited for, there are never as many others as may run at
// one time; a wait or a crash does not count as having waited for them.
TEST(Profile, OverlapIsBounded) {
  const Profile& profile = profile_named("failures");
  size_t most = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    size_t running = 0;
    for (const Operation& operation : draw(seed, profile).operations) {
      const OperationType* type = find_operation_type(operation.kind);
      ASSERT_NE(type, nullptr);
      if (!type->submits) continue;
      running = operation.blocking ? 0 : running + 1;
      most = std::max(most, running);
      EXPECT_LT(running, profile.max_overlap);
    }
  }
  EXPECT_EQ(most + 1, profile.max_overlap);
}

// Shows: drift also strikes what is secret and what no read shows; a new secret is watched like
// any.
TEST(Profile, SecretsDrift) {
  std::set<std::string> drifted;
  for (uint64_t seed = 0; seed < 5000 && drifted.size() < 2; ++seed) {
    const Case test_case = draw(seed, profile_named("failures"));
    for (const Operation& operation : test_case.operations) {
      if (operation.kind != "modify") continue;
      for (const auto& member : operation.resources.front().properties) {
        const std::string name(member.key());
        const bool is_hidden = name == "Token" || name == "Password";
        if (!is_hidden || !member.value().is_string()) continue;
        drifted.insert(name);
        const std::string value(member.value().get_string());
        if (name == "Token") {
          EXPECT_THAT(secrets_in(test_case), Contains(value));
        }
      }
    }
  }
  EXPECT_THAT(drifted, ElementsAre("Password", "Token"));
}

// Shows: what an engine cannot do is not asked of it.
TEST(Profile, TraitsRuleOutOperations) {
  Traits traits;
  traits.crash = false;
  traits.sync = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    for (const Operation& operation : draw(seed, profile_named("failures"), traits).operations) {
      EXPECT_NE(operation.kind, "crash");
      EXPECT_NE(operation.kind, "sync");
      EXPECT_TRUE(operation.crashes.empty());
    }
  }
}

// Shows: patches often ask for another fixed value, so that something is replaced while what refers
// to it is named or left out.
TEST(Profile, PatchesReplace) {
  size_t patches = 0;
  size_t replacing = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    for (const Operation& operation : draw(seed, profile_named("failures")).operations) {
      if (operation.kind != "apply" || operation.mode != Mode::kPatch) continue;
      ++patches;
      replacing += std::ranges::any_of(operation.resources, [](const WantedResource& each) {
        return one_line(each.properties).find("\"other\"") != std::string::npos;
      });
    }
  }
  EXPECT_GT(patches, 200U);
  EXPECT_GT(replacing * 20, patches);
}

// Shows: no Status call is refused in a way that says what became of the call it polls.
TEST(Profile, NoStatusCallLies) {
  size_t refused = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    for (const Operation& operation : draw(seed, profile_named("failures")).operations) {
      for (const cloud::FaultRule& rule : operation.faults) {
        if (rule.call != CallKind::kStatus || !rule.effect.code) continue;
        ++refused;
        const ErrorCode code = *rule.effect.code;
        EXPECT_TRUE(is_ambiguous(code) || code == ErrorCode::kThrottling) << to_string(code);
      }
    }
  }
  EXPECT_GT(refused, 0U);
}

// Shows: an engine that cannot do them is armed no other crashes, and runs one command at a time
// where it says so.
TEST(Profile, TraitsNarrowCrashesAndOverlap) {
  Traits traits;
  traits.crash_moments = {CrashMoment::kInterrupted};
  traits.max_overlap = 1;
  size_t armed = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    for (const Operation& operation : draw(seed, profile_named("failures"), traits).operations) {
      EXPECT_TRUE(operation.blocking);
      for (const CrashPoint& crash : operation.crashes) {
        EXPECT_EQ(crash.moment, CrashMoment::kInterrupted);
        ++armed;
      }
    }
  }
  EXPECT_GT(armed, 0U);
}

// Where the draws of a sequence begin and end, and what for.
std::vector<std::tuple<std::string, size_t, size_t>> places(
    const property::ChoiceSequence& sequence) {
  std::vector<std::tuple<std::string, size_t, size_t>> out;
  for (const property::LabelledSpan& span : sequence.spans)
    out.emplace_back(span.label, span.begin, span.end);
  return out;
}

// Shows: where nobody simulates time, nobody waits ten seconds for the end of a long tail.
TEST(Profile, LongTailsEndSoonerWhereTimeIsReal) {
  // One call in a thousand takes 512 times as long: ten seconds of a simulation, one of a machine.
  Traits simulated;
  simulated.deterministic = true;
  for (const bool is_real : {false, true}) {
    std::set<Duration> typical;
    for (uint64_t seed = 1; seed <= 200; ++seed) {
      const Case drawn = draw(seed, profile_named("failures"), is_real ? Traits() : simulated);
      const cloud::LatencyModel& latency = drawn.world.behaviours.latency;
      if (latency.kind == cloud::LatencyModel::Kind::kLongTail) typical.insert(latency.typical);
    }
    EXPECT_THAT(typical, ElementsAre(std::chrono::milliseconds(is_real ? 2 : 20)));
  }
}

// Shows: making a choice about one resource simpler leaves the draws that follow where they are.
TEST(Profile, ShrinkingAResourceKeepsTheRestAligned) {
  const Profile& profile = profile_named("happy");
  size_t changed = 0;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    property::Choices choices(seed);
    const Case whole = generate(choices, profile, {}, cloud::built_in_types());
    const property::ChoiceSequence sequence = choices.sequence();
    for (const property::LabelledSpan& span : sequence.spans) {
      if (span.label != "resource") continue;
      for (size_t i = span.begin; i < span.end; ++i) {
        property::ChoiceSequence simpler = sequence;
        simpler.choices[i].value = simpler.choices[i].simplest;
        property::Choices again(simpler.choices);
        const Case other = generate(again, profile, {}, cloud::built_in_types());
        ASSERT_EQ(places(again.sequence()), places(sequence)) << seed;
        changed += other == whole ? 0 : 1;
      }
    }
  }
  EXPECT_GT(changed, 0U);
}

// Shows: only where an engine has workspaces is a case in one, and never where its store has none.
TEST(Profile, DrawsAWorkspace) {
  Traits traits;
  traits.stores = {StoreKind::kLocal, StoreKind::kHttp};
  size_t cases = 0;
  size_t visits = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    traits.workspaces = false;
    EXPECT_EQ(draw(seed, profile_named("happy"), traits).world.workspace, "");
    traits.workspaces = true;
    const Case value = draw(seed, profile_named("happy"), traits);
    cases += value.world.workspace.empty() ? 0 : 1;
    EXPECT_TRUE(value.world.workspace.empty() || value.world.store == StoreKind::kLocal);
    for (const Operation& operation : value.operations) visits += operation.kind == "visit" ? 1 : 0;
  }
  EXPECT_GT(cases, 5U);
  EXPECT_GT(visits, 10U);
}

// Shows: only where an engine's store can be elsewhere is it drawn to be, and faults strike it
// there alone, within what the traits say can be met.
TEST(Profile, DrawsAStoreAndItsFaults) {
  Traits traits;
  traits.stores = {StoreKind::kLocal, StoreKind::kHttp};
  traits.store_faults = {{StoreOperation::kWrite, StoreFaultKind::kFails, 2},
                         {StoreOperation::kUnlock, StoreFaultKind::kReplyLost}};
  size_t elsewhere = 0;
  size_t faults = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    EXPECT_EQ(draw(seed, profile_named("failures")).world.store, StoreKind::kLocal);
    const Case value = draw(seed, profile_named("failures"), traits);
    const bool is_elsewhere = value.world.store == StoreKind::kHttp;
    elsewhere += is_elsewhere ? 1 : 0;
    for (const Operation& operation : value.operations) {
      EXPECT_TRUE(is_elsewhere || operation.store_faults.empty());
      for (const StoreFault& fault : operation.store_faults) {
        ++faults;
        EXPECT_LE(fault.nth, fault.operation == StoreOperation::kWrite ? 2U : 1U);
      }
    }
    for (const Operation& operation : draw(seed, profile_named("happy"), traits).operations)
      EXPECT_TRUE(operation.store_faults.empty());
  }
  EXPECT_GT(elsewhere, 20U);
  EXPECT_LT(elsewhere, 80U);
  EXPECT_GT(faults, elsewhere);
}

}  // namespace
}  // namespace squall::suite
