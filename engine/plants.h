// Plants: deliberate bugs of the reference engine, switched on by name to measure how good the
// tester is. Compiled in only where SQUALL_PLANTS is defined; without it planted() is constant
// false and the shipped engine has none of them.
#pragma once

#include <bitset>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace squall::engine {

enum class Plant {
  kPublishBeforeCommit,       // success is visible before its commit is acknowledged
  kLostCreateNewToken,        // a create whose reply was lost is retried with a new token
  kThrottledReadIsNotFound,   // a throttled read before a delete is taken for NotFound
  kTwoIdentities,             // overlapping applies mint two identities for one label
  kDestroyIgnoresDependents,  // destroy does not look for what references its resources
  kCrashForgetsFailure,       // after a crash, dependents of a failed producer run
  kPatchRemovesSetExtras,     // a patch takes away what it does not name in a Set
  kEntitySetIndexIgnored,     // elements of an EntitySet are matched by their place
  kArrayLengthIgnored,        // an Array is compared up to the shorter length
  kNullDoesNotClear,          // null in a forma says nothing
  kEchoNotKept,               // a provider's normalised value is a difference for ever
  kWriteOnlyChangeMissed,     // a new WriteOnly value is not sent
  kReferenceChangeMissed,     // a consumer is planned on its producer's old value
  kReplaceIgnoresConsumers,   // consumers of a replaced resource are not looked at
  kReplaceDropsIdentity,      // a replaced resource gets a new ksuid
  kSelfReferenceAllowed,      // a resource may refer to itself
  kCascadeNotTransitive,      // a cascade stops at the direct dependents
  kOtherStackNotAwaited,      // nobody waits for an update in another stack
  kAttachmentOrderIgnored,    // EdgeKind attachesTo does not turn a delete's order round
  kDriftOverwritten,          // drift found before an update is overwritten without force
  kResolveTrustsRow,          // a producer's value comes from its row, without a read
  kUpdateWithoutVersion,      // updates carry no IfVersion
  kDeleteNotFoundIsFailure,   // a delete that hears NotFound fails
  kUnsettledForgotten,        // an update that ends in doubt leaves no Unsettled
  kSettleSkipped,             // a create of an unsettled identity does not settle it first
  kRecoveryNewToken,          // after a crash, a create is repeated with a new token
  kRetryOnceTooOften,         // the budget of retries is one larger than asked for
  kStaleReadTrusted,          // NotFound within the consistency window is believed
  kDriftStaysDeclared,        // a sync that finds drift leaves the row Declared
  kOpaqueInClear,             // the answer to an update is kept with its secrets in clear
  kPatchLeavesBehind,         // a patch does not look at what it leaves out
  kDeletedProducerAccepted,   // what a reconcile deletes may be referred to
  kNewProducerNotFollowed,    // a CreateOnly reference to a new object is an update
  kNoopNotDeclared,           // a reconcile without changes declares nothing
  kPatchCreateForgets,        // a patch creates with what it says alone
  kProgressCostsAttempts,     // a poll that reports progress is an attempt
  kIntentNotDurable,          // a call is made before its intent is committed
};
inline constexpr size_t kPlants = 37;

struct PlantInfo {
  Plant plant;
  std::string_view name;     // "publish-before-commit"
  std::string_view summary;  // one sentence for `squall list plants`
};

// The explicit list, in the order of the enum.
std::span<const PlantInfo> plants();

class PlantSet {
 public:
  void add(Plant plant) { set_.set(static_cast<size_t>(plant)); }
#ifdef SQUALL_PLANTS
  bool has(Plant plant) const { return set_.test(static_cast<size_t>(plant)); }
#else
  constexpr bool has(Plant) const { return false; }
#endif

 private:
  std::bitset<kPlants> set_;
};

std::optional<Plant> find_plant(std::string_view name);
// The set of the plants with these names. Errors: one that does not exist (the message names those
// that do), or plants are not compiled in.
Result<PlantSet> plants_named(const std::vector<std::string>& names);

}  // namespace squall::engine
