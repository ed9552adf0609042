#include "spec/order.h"

#include <gtest/gtest.h>

#include "spec/test_world.h"

namespace squall::spec::order_test {
namespace {

using Identities = std::vector<ResourceIdentity>;
using Texts = std::vector<std::string>;

JsonObject referencing(const ResourceIdentity& producer) {
  return {{"Value", reference_to(producer, "Value")}};
}

// A box that refers to `producer` through one of its fields.
BelievedRow box(const std::string& label, const std::string& field,
                const ResourceIdentity& producer) {
  return settled_row(id(label, "s", kBox), {{field, reference_to(producer, "Id")}});
}

PlannedUpdate update_of(const ResourceIdentity& identity, UpdateOperation operation,
                        Identities references = {}) {
  PlannedUpdate update;
  update.identity = identity;
  update.operation = operation;
  update.references = std::move(references);
  return update;
}

PlannedUpdate create_of(const ResourceIdentity& identity, Identities references = {}) {
  return update_of(identity, UpdateOperation::kCreate, std::move(references));
}
PlannedUpdate delete_of(const ResourceIdentity& identity) {
  return update_of(identity, UpdateOperation::kDelete);
}
PlannedUpdate half(PlannedUpdate update) {
  update.is_half_of_replace = true;
  return update;
}
std::vector<PlannedUpdate> deletes_of(const std::vector<BelievedRow>& rows) {
  std::vector<PlannedUpdate> out;
  for (const BelievedRow& row : rows) out.push_back(delete_of(row.identity));
  return out;
}

std::string in_short(const UpdateKey& key) {
  return std::string(to_string(key.operation)) + " " + key.identity.label;
}

struct Order {
  std::map<std::string, Texts> waits;  // "delete p" → {"delete c", "update d"}
  Texts circular;
};

Order order_of(std::vector<PlannedUpdate> updates, const std::vector<BelievedRow>& rows,
               const std::map<ResourceIdentity, Json>& names = {}, Mode mode = Mode::kReconcile) {
  Plan plan;
  plan.updates = std::move(updates);
  add_waits(plan, snapshot_of(rows), mode, names);
  Order out;
  for (const PlannedUpdate& update : plan.updates) {
    Texts& waits = out.waits[in_short(update.key())];
    for (const UpdateKey& key : update.waits_for) waits.push_back(in_short(key));
  }
  for (const UpdateKey& key : plan.circular) out.circular.push_back(in_short(key));
  return out;
}

TEST(ProducersFirst, SortsAlongReferences) {
  // A chain given backwards comes out forwards; what nothing orders stays as it was given.
  const ProducersFirst sorted = producers_first(
      {{id("c"), {id("b")}}, {id("free"), {}}, {id("b"), {id("a")}}, {id("a"), {id("outside")}}});
  EXPECT_EQ(sorted.order, (std::vector<size_t>{1, 3, 2, 0}));
  EXPECT_TRUE(sorted.cyclic.empty());
}

TEST(ProducersFirst, SetsCyclesAndWhatFollowsThemApart) {
  // A two-cycle with a consumer, a self-reference, and a bystander.
  const ProducersFirst sorted = producers_first({{id("a"), {id("b")}},
                                                 {id("b"), {id("a")}},
                                                 {id("after"), {id("a")}},
                                                 {id("self"), {id("self")}},
                                                 {id("free"), {}}});
  EXPECT_EQ(sorted.order, (std::vector<size_t>{4}));
  EXPECT_EQ(sorted.cyclic, (std::vector<size_t>{0, 1, 2, 3}));
}

TEST(AddWaits, ConsumersWaitForProducersThatChange) {
  // Producers created or updated by the same plan come first; others are not waited for.
  const Order order =
      order_of({create_of(id("p")), update_of(id("q"), UpdateOperation::kUpdate),
                update_of(id("c"), UpdateOperation::kUpdate, {id("elsewhere"), id("p"), id("q")})},
               {});
  EXPECT_EQ(order.waits.at("update c"), (Texts{"create p", "update q"}));
  EXPECT_TRUE(order.waits.at("create p").empty());
  EXPECT_TRUE(order.circular.empty());
}

TEST(AddWaits, DeletesGoConsumerFirst) {
  // A producer is deleted after the rows that reference it, in `declared` or in an unsettled
  // document.
  const std::vector<BelievedRow> rows = {settled_row(id("p"), {}),
                                         settled_row(id("c"), referencing(id("p"))),
                                         unsettled_create(id("d"), referencing(id("p")))};
  const Order order = order_of(deletes_of(rows), rows);
  EXPECT_EQ(order.waits.at("delete p"), (Texts{"delete c", "delete d"}));
  EXPECT_TRUE(order.waits.at("delete c").empty());
}

TEST(AddWaits, WhatIsAttachedGoesAfterItsProducer) {
  // Only where every reference stands in such a field; a hint on a member of an element will do.
  const std::vector<BelievedRow> attached = {settled_row(id("p"), {}), box("c", "Link", id("p"))};
  Order order = order_of(deletes_of(attached), attached);
  EXPECT_EQ(order.waits.at("delete c"), (Texts{"delete p"}));
  EXPECT_TRUE(order.waits.at("delete p").empty());

  std::vector<BelievedRow> both = attached;
  both[1].declared.set("Size", reference_to(id("p"), "Id"));
  order = order_of(deletes_of(both), both);
  EXPECT_TRUE(order.waits.at("delete c").empty());
  EXPECT_EQ(order.waits.at("delete p"), (Texts{"delete c"}));

  std::vector<BelievedRow> nested = attached;
  nested[1].declared = {{"Rules", {{{"Id", 1}, {"Link", reference_to(id("p"), "Id")}}}}};
  EXPECT_EQ(order_of(deletes_of(nested), nested).waits.at("delete c"), (Texts{"delete p"}));
}

TEST(AddWaits, WhatNeedsAProducerToRunGoesBeforeItsOtherConsumers) {
  // Before those that refer to the same producer in another way, whatever that is; not before
  // others of its kind, nor before consumers of somebody else.
  const std::vector<BelievedRow> rows = {
      settled_row(id("p"), {}),        settled_row(id("q"), {}),
      box("runs", "Host", id("p")),    box("too", "Host", id("p")),
      box("child", "Size", id("p")),   box("linked", "Link", id("p")),
      box("stranger", "Size", id("q"))};
  const Order order = order_of(deletes_of(rows), rows);
  EXPECT_EQ(order.waits.at("delete child"), (Texts{"delete runs", "delete too"}));
  EXPECT_EQ(order.waits.at("delete linked"), (Texts{"delete p", "delete runs", "delete too"}));
  EXPECT_EQ(order.waits.at("delete p"), (Texts{"delete child", "delete runs", "delete too"}));
  EXPECT_TRUE(order.waits.at("delete runs").empty());
  EXPECT_TRUE(order.waits.at("delete too").empty());
  EXPECT_TRUE(order.waits.at("delete stranger").empty());
  EXPECT_TRUE(order.circular.empty());
}

TEST(AddWaits, NothingWaitsForItself) {
  // A row that came to reference itself is deleted like any other.
  const std::vector<BelievedRow> rows = {settled_row(id("p"), referencing(id("p")))};
  const Order order = order_of(deletes_of(rows), rows);
  EXPECT_TRUE(order.waits.at("delete p").empty());
  EXPECT_TRUE(order.circular.empty());
}

TEST(AddWaits, DeletesWaitForUpdatesThatLetGo) {
  // The row referenced p until now; its update, or its create if nobody knows what there is of it,
  // comes before p goes.
  const Order order =
      order_of({update_of(id("c"), UpdateOperation::kUpdate, {id("q")}), create_of(id("u")),
                delete_of(id("p"))},
               {settled_row(id("p"), {}), settled_row(id("c"), referencing(id("p"))),
                unsettled_create(id("u"), referencing(id("p")))});
  EXPECT_EQ(order.waits.at("delete p"), (Texts{"update c", "create u"}));
  EXPECT_TRUE(order.waits.at("update c").empty());
}

TEST(AddWaits, ReplacedOnesComeApartBeforeTheyComeTogether) {
  // Consumer's delete, producer's delete, producer's create, consumer's create.
  const Order order =
      order_of({half(delete_of(id("p"))), half(create_of(id("p"))), half(delete_of(id("c"))),
                half(create_of(id("c"), {id("p")}))},
               {settled_row(id("p"), {}), settled_row(id("c"), referencing(id("p")))});
  EXPECT_TRUE(order.waits.at("delete c").empty());
  EXPECT_EQ(order.waits.at("delete p"), (Texts{"delete c"}));
  EXPECT_EQ(order.waits.at("create p"), (Texts{"delete p"}));
  EXPECT_EQ(order.waits.at("create c"), (Texts{"delete c", "create p"}));
  EXPECT_TRUE(order.circular.empty());
}

TEST(AddWaits, APatchFollowsWhatItMaySettle) {
  // Once the delete half has settled the row, the create may refer to p; a reconcile's does not.
  BelievedRow consumer = settled_row(id("c"), {});
  consumer.unsettled = BelievedUnsettled{};
  consumer.unsettled->operation = UpdateOperation::kUpdate;
  consumer.unsettled->declared = referencing(id("p"));
  const std::vector<PlannedUpdate> updates = {half(delete_of(id("p"))), half(create_of(id("p"))),
                                              half(delete_of(id("c"))), half(create_of(id("c")))};
  const std::vector<BelievedRow> rows = {settled_row(id("p"), {}), consumer};
  const Order patch = order_of(updates, rows, {}, Mode::kPatch);
  EXPECT_EQ(patch.waits.at("create c"), (Texts{"delete c", "create p"}));
  EXPECT_EQ(order_of(updates, rows).waits.at("create c"), (Texts{"delete c"}));
}

TEST(AddWaits, AnUpdateFollowsItsReplacedProducer) {
  // The update refers to the producer still, so it waits for the new one, and the old one does not
  // wait for the update; one that lets go comes before both.
  const Order order =
      order_of({half(delete_of(id("p"))), half(create_of(id("p"))),
                update_of(id("c"), UpdateOperation::kUpdate, {id("p")}),
                update_of(id("d"), UpdateOperation::kUpdate)},
               {settled_row(id("p"), {}), settled_row(id("c"), referencing(id("p"))),
                settled_row(id("d"), referencing(id("p")))});
  EXPECT_EQ(order.waits.at("update c"), (Texts{"create p"}));
  EXPECT_EQ(order.waits.at("delete p"), (Texts{"update d"}));
  EXPECT_TRUE(order.waits.at("update d").empty());
}

TEST(AddWaits, CreatesWaitForDeletesOfTheirName) {
  // Only the same type and the same name count; an unsettled create may hold its name already.
  const ResourceIdentity child = id("child", "s", kGenericChild);
  const std::vector<BelievedRow> rows = {
      settled_row(id("old"), named("n")), unsettled_create(id("seen"), named("n")),
      settled_row(id("other"), named("m")), settled_row(child, named("n")),
      half_replaced(id("left"), named("n"))};
  std::vector<PlannedUpdate> updates = deletes_of(rows);
  updates.push_back(create_of(id("new")));
  const Order order = order_of(std::move(updates), rows, {{id("new"), "n"}});
  EXPECT_EQ(order.waits.at("create new"), (Texts{"delete old", "delete seen"}));
}

TEST(AddWaits, SaysWhatIsOnACircle) {
  // The consumer moves from the old object to a new one of the same name: old waits for the
  // consumer, the consumer for new, and new for old. What only waits for these is on no circle.
  const Order order =
      order_of({create_of(id("new")), update_of(id("c"), UpdateOperation::kUpdate, {id("new")}),
                update_of(id("after"), UpdateOperation::kUpdate, {id("c")}), delete_of(id("old"))},
               {settled_row(id("old"), named("n")), settled_row(id("c"), referencing(id("old")))},
               {{id("new"), "n"}});
  EXPECT_EQ(order.waits.at("create new"), (Texts{"delete old"}));
  EXPECT_EQ(order.waits.at("update c"), (Texts{"create new"}));
  EXPECT_EQ(order.waits.at("delete old"), (Texts{"update c"}));
  EXPECT_EQ(order.circular, (Texts{"update c", "create new", "delete old"}));
}

}  // namespace
}  // namespace squall::spec::order_test
