#include "engine/plants.h"

#include <algorithm>
#include <array>
#include <utility>

namespace squall::engine {

namespace {

constexpr std::array<PlantInfo, kPlants> kPlantInfos = {{
    {Plant::kPublishBeforeCommit, "publish-before-commit",
     "an update's success is visible, and its dependents start, before its commit is acknowledged"},
    {Plant::kLostCreateNewToken, "lost-create-new-token",
     "a create whose reply was lost is tried again with a new token"},
    {Plant::kThrottledReadIsNotFound, "throttled-read-is-not-found",
     "a throttled read before a delete is taken for NotFound"},
    {Plant::kTwoIdentities, "two-identities",
     "overlapping applies of a new stack mint two identities for one label"},
    {Plant::kDestroyIgnoresDependents, "destroy-ignores-dependents",
     "destroy does not look for what references the resources it deletes"},
    {Plant::kCrashForgetsFailure, "crash-forgets-failure",
     "after a crash, dependents of a producer that had failed run all the same"},
    {Plant::kPatchRemovesSetExtras, "patch-removes-set-extras",
     "a patch removes the elements of a Set that it does not name"},
    {Plant::kEntitySetIndexIgnored, "entity-set-index-ignored",
     "a changed element of an EntitySet is looked for at the place the forma has it in"},
    {Plant::kArrayLengthIgnored, "array-length-ignored",
     "an Array that grows or shrinks is compared up to the shorter length only"},
    {Plant::kNullDoesNotClear, "null-does-not-clear",
     "a null in the forma does not clear what is there"},
    {Plant::kEchoNotKept, "echo-not-kept",
     "a value that the provider normalised counts as a difference at every apply"},
    {Plant::kWriteOnlyChangeMissed, "write-only-change-missed",
     "a WriteOnly field that changed is not sent"},
    {Plant::kReferenceChangeMissed, "reference-change-missed",
     "a consumer is planned with what its producer was before the same command changes it"},
    {Plant::kReplaceIgnoresConsumers, "replace-ignores-consumers",
     "a replacement does not look for consumers outside the forma"},
    {Plant::kReplaceDropsIdentity, "replace-drops-identity",
     "a replaced resource comes back with a new ksuid"},
    {Plant::kSelfReferenceAllowed, "self-reference-allowed",
     "a resource that refers to itself is no cycle"},
    {Plant::kCascadeNotTransitive, "cascade-not-transitive",
     "a cascade takes the direct dependents along, but not theirs"},
    {Plant::kOtherStackNotAwaited, "other-stack-not-awaited",
     "a consumer does not wait for the update of what it refers to in another stack"},
    {Plant::kAttachmentOrderIgnored, "attachment-order-ignored",
     "a delete of what is attached goes before that of what it is attached to"},
    {Plant::kDriftOverwritten, "drift-overwritten-without-force",
     "drift that the read before an update finds is overwritten without force"},
    {Plant::kResolveTrustsRow, "resolve-trusts-row",
     "a producer outside the command is not read, the row's value is sent"},
    {Plant::kUpdateWithoutVersion, "update-without-version",
     "updates carry no version, so that a change between read and update is overwritten"},
    {Plant::kDeleteNotFoundIsFailure, "delete-not-found-is-failure",
     "a delete that is told NotFound fails and keeps its row"},
    {Plant::kUnsettledForgotten, "unsettled-forgotten-on-failure",
     "an update that ends after an ambiguous answer does not leave its identity Unsettled"},
    {Plant::kSettleSkipped, "settle-skipped",
     "a create of an unsettled identity does not settle the earlier one first"},
    {Plant::kRecoveryNewToken, "recovery-repeats-create-with-new-token",
     "after a crash, a create that was under way is repeated with a new token"},
    {Plant::kRetryOnceTooOften, "retry-once-too-often",
     "a call is tried once more than its budget allows"},
    {Plant::kStaleReadTrusted, "stale-read-trusted",
     "NotFound within the consistency window of a change is believed"},
    {Plant::kDriftStaysDeclared, "drift-stays-declared",
     "a sync that finds drift leaves the row Declared, and a reconcile overwrites it unasked"},
    {Plant::kOpaqueInClear, "opaque-in-clear",
     "the secrets in the answer to an update are kept and shown in clear"},
    {Plant::kPatchLeavesBehind, "patch-leaves-consumer-behind",
     "a member that a patch leaves out keeps the value of an object that the same patch replaces"},
    {Plant::kDeletedProducerAccepted, "deleted-producer-accepted",
     "references to what the same reconcile deletes are accepted"},
    {Plant::kNewProducerNotFollowed, "new-producer-not-followed",
     "a CreateOnly reference to something made anew is updated, which replaces nothing"},
    {Plant::kNoopNotDeclared, "noop-not-declared",
     "a reconcile that finds nothing to do does not make its rows Declared"},
    {Plant::kPatchCreateForgets, "patch-create-forgets",
     "a create of a patch sends only what the patch says, not what was declared before"},
    {Plant::kProgressCostsAttempts, "progress-costs-attempts",
     "a poll that reports progress counts as an attempt"},
    {Plant::kIntentNotDurable, "intent-not-durable",
     "a call is made before its intent is committed"},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kPlantInfos.size(); ++i) {
    if (static_cast<size_t>(kPlantInfos[i].plant) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const PlantInfo> plants() { return kPlantInfos; }

std::optional<Plant> find_plant(std::string_view name) {
  const auto found = std::find_if(kPlantInfos.begin(), kPlantInfos.end(),
                                  [name](const PlantInfo& info) { return info.name == name; });
  if (found == kPlantInfos.end()) return std::nullopt;
  return found->plant;
}

Result<PlantSet> plants_named(const std::vector<std::string>& names) {
  PlantSet out;
  for (const std::string& name : names) {
    const std::optional<Plant> plant = find_plant(name);
    if (!plant) {
      std::string why = "there is no plant \"" + name + "\"; known are";
      std::string_view between = " ";
      for (const PlantInfo& each : plants()) {
        why += std::exchange(between, ", ");
        why += each.name;
      }
      return fail(std::move(why));
    }
    out.add(*plant);
    if (!out.has(*plant))
      return fail("the plant \"" + name + "\" is not in this program: it was built without plants");
  }
  return out;
}

}  // namespace squall::engine
