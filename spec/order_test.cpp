#include "spec/order.h"

#include <gtest/gtest.h>

#include "spec/test_world.h"

namespace squall::spec {
namespace {

using Identities = std::vector<ResourceIdentity>;

JsonObject referencing(const ResourceIdentity& producer) {
  return {{"Value", reference_to(producer, "Value")}};
}

PlannedUpdate update_of(const ResourceIdentity& identity, UpdateOperation operation,
                        Identities references = {}) {
  PlannedUpdate update;
  update.identity = identity;
  update.operation = operation;
  update.references = std::move(references);
  return update;
}

// Who each update of the plan waits for, by label.
std::map<std::string, Identities> waits(std::vector<PlannedUpdate> updates,
                                        const std::vector<BelievedRow>& rows,
                                        const std::map<ResourceIdentity, Json>& names = {}) {
  Plan plan;
  plan.updates = std::move(updates);
  add_waits(plan, snapshot_of(rows).rows, names);
  std::map<std::string, Identities> out;
  for (const PlannedUpdate& update : plan.updates) {
    out[update.identity.label] = update.waits_for;
  }
  return out;
}

TEST(ProducersFirst, SortsAlongReferences) {
  // A chain declared backwards comes out forwards; what nothing orders stays as declared.
  const std::vector<DeclaredResource> resources = {
      declared(id("c"), referencing(id("b"))), declared(id("free"), named("free")),
      declared(id("b"), referencing(id("a"))), declared(id("a"), referencing(id("outside")))};
  const ProducersFirst sorted = producers_first(resources);
  EXPECT_EQ(sorted.order, (std::vector<size_t>{1, 3, 2, 0}));
  EXPECT_TRUE(sorted.cyclic.empty());
}

TEST(ProducersFirst, SetsCyclesAndWhatFollowsThemApart) {
  // A two-cycle with a consumer, a self-reference, and a bystander.
  const std::vector<DeclaredResource> resources = {
      declared(id("a"), referencing(id("b"))), declared(id("b"), referencing(id("a"))),
      declared(id("after"), referencing(id("a"))), declared(id("self"), referencing(id("self"))),
      declared(id("free"), named("free"))};
  const ProducersFirst sorted = producers_first(resources);
  EXPECT_EQ(sorted.order, (std::vector<size_t>{4}));
  EXPECT_EQ(sorted.cyclic, (std::vector<size_t>{0, 1, 2, 3}));
}

TEST(AddWaits, ConsumersWaitForProducersThatChange) {
  // Producers created or updated by the same plan come first; others are not waited for.
  const auto found = waits(
      {update_of(id("p"), UpdateOperation::kCreate), update_of(id("q"), UpdateOperation::kUpdate),
       update_of(id("c"), UpdateOperation::kUpdate, {id("elsewhere"), id("p"), id("q")})},
      {});
  EXPECT_EQ(found.at("c"), (Identities{id("p"), id("q")}));
  EXPECT_TRUE(found.at("p").empty());
}

TEST(AddWaits, DeletesGoConsumerFirst) {
  // A producer is deleted after the rows that reference it, in `declared` or in an unsettled
  // document.
  BelievedRow unsettled = unsettled_create(id("d"), referencing(id("p")));
  const auto found = waits(
      {update_of(id("p"), UpdateOperation::kDelete), update_of(id("c"), UpdateOperation::kDelete),
       update_of(id("d"), UpdateOperation::kDelete)},
      {settled_row(id("p"), {}), settled_row(id("c"), referencing(id("p"))), unsettled});
  EXPECT_EQ(found.at("p"), (Identities{id("c"), id("d")}));
  EXPECT_TRUE(found.at("c").empty());
}

TEST(AddWaits, NothingWaitsForItself) {
  // A row that came to reference itself is deleted like any other.
  const auto found = waits({update_of(id("p"), UpdateOperation::kDelete)},
                           {settled_row(id("p"), referencing(id("p")))});
  EXPECT_TRUE(found.at("p").empty());
}

TEST(AddWaits, DeletesWaitForUpdatesThatLetGo) {
  // The row referenced p until now; its update, which references q, comes before p goes.
  const auto found = waits({update_of(id("c"), UpdateOperation::kUpdate, {id("q")}),
                            update_of(id("p"), UpdateOperation::kDelete)},
                           {settled_row(id("p"), {}), settled_row(id("c"), referencing(id("p")))});
  EXPECT_EQ(found.at("p"), (Identities{id("c")}));
  EXPECT_TRUE(found.at("c").empty());
}

TEST(AddWaits, CreatesWaitForDeletesOfTheirName) {
  // Only the same type and the same name count; an unsettled create may hold its name already.
  const ResourceIdentity child = id("child", "s", kGenericChild);
  const auto found =
      waits({update_of(id("new"), UpdateOperation::kCreate),
             update_of(id("old"), UpdateOperation::kDelete),
             update_of(id("seen"), UpdateOperation::kDelete),
             update_of(id("other"), UpdateOperation::kDelete),
             update_of(child, UpdateOperation::kDelete)},
            {settled_row(id("old"), named("n")), unsettled_create(id("seen"), named("n")),
             settled_row(id("other"), named("m")), settled_row(child, named("n"))},
            {{id("new"), "n"}});
  EXPECT_EQ(found.at("new"), (Identities{id("old"), id("seen")}));
}

TEST(AddWaits, ANameIsNotWaitedForInACircle) {
  // The consumer moves from the old object to a new one of the same name: old waits for the
  // consumer, the consumer for new, so new cannot wait for old.
  const auto found =
      waits({update_of(id("new"), UpdateOperation::kCreate),
             update_of(id("c"), UpdateOperation::kUpdate, {id("new")}),
             update_of(id("old"), UpdateOperation::kDelete)},
            {settled_row(id("old"), named("n")), settled_row(id("c"), referencing(id("old")))},
            {{id("new"), "n"}});
  EXPECT_TRUE(found.at("new").empty());
  EXPECT_EQ(found.at("c"), (Identities{id("new")}));
  EXPECT_EQ(found.at("old"), (Identities{id("c")}));
}

}  // namespace
}  // namespace squall::spec
