#include "spec/resolve.h"

#include <gtest/gtest.h>

#include "spec/test_world.h"

namespace squall::spec::resolve_test {
namespace {

using Identities = std::vector<ResourceIdentity>;

JsonObject referencing_document() {
  return {{"Value", reference_to(id("q"), "Id")},
          {"SetTags", {reference_to(id("p"), "Value"), "x", reference_to(id("p"), "Id")}},
          {"Settings", {{"Zone", reference_to(id("r", "other"), "Value")}}}};
}

TEST(ProducersIn, FindsReferencesAtEveryDepthOnce) {
  // In members, in nested objects and in arrays; each producer once, whatever the property.
  EXPECT_EQ(producers_in(referencing_document()), (Identities{id("r", "other"), id("p"), id("q")}));
  EXPECT_TRUE(producers_in(named("a", "v")).empty());
}

TEST(ReferencesIn, SayWhereTheyStand) {
  // By the path a hint would have: an element has its collection's, a member of one goes on from
  // it.
  const JsonObject document = {{"Value", reference_to(id("p"), "Id")},
                               {"Tags", {"x", reference_to(id("q"), "Id")}},
                               {"Rules", {{{"Inner", {{"Link", reference_to(id("r"), "Id")}}}}}}};
  std::string found;
  for (const auto& [path, reference] : references_in(document)) {
    found.append(path).append(" ").append(reference.producer.label).append("; ");
  }
  EXPECT_EQ(found, "Value p; Tags q; Rules.Inner.Link r; ");
}

TEST(ProducersOf, CountsTheUnsettledDocument) {
  // A row may depend on what it declared and on what an unsettled update may have made of it.
  const BelievedRow row =
      unsettled_update(settled_row(id("a"), {{"Value", reference_to(id("p"), "Value")}}),
                       {{"Value", reference_to(id("q"), "Value")}});
  EXPECT_EQ(producers_of(row), (Identities{id("p"), id("q")}));
}

TEST(Resolve, LeavesUnknownReferencesInPlace) {
  // A known null is a value; what is not known stays a reference and is reported.
  const auto lookup = [](const Reference& reference) -> std::optional<Json> {
    if (reference.producer.label == "q") return std::nullopt;
    return reference.property == "Id" ? Json(nullptr) : Json("known");
  };
  const Resolved resolved = resolve(referencing_document(), lookup);
  EXPECT_FALSE(resolved.complete);
  EXPECT_EQ(resolved.document, (JsonObject{{"Value", reference_to(id("q"), "Id")},
                                           {"SetTags", {"known", "x", nullptr}},
                                           {"Settings", {{"Zone", "known"}}}}));
  EXPECT_TRUE(resolve(named("a", "v"), lookup).complete);
}

TEST(ResolveFromRows, PrefersActualOverReadOnly) {
  // A property is looked for in `actual`, then in `read_only`; nowhere, or without a row, it is
  // null.
  BelievedRow p = settled_row(id("p"), named("p", "v"));
  p.declared.set("Value", "declared");
  p.values.set("Value", "declared");
  p.read_only = {{"Id", "native"}, {"Value", "shadowed"}};
  const JsonObject document = {{"A", reference_to(id("p"), "Value")},
                               {"B", reference_to(id("p"), "Id")},
                               {"C", reference_to(id("p"), "Nothing")},
                               {"D", reference_to(id("gone"), "Value")}};
  EXPECT_EQ(resolve_from_rows(document, snapshot_of({p}).rows),
            (JsonObject{{"A", "v"}, {"B", "native"}, {"C", nullptr}, {"D", nullptr}}));
}

}  // namespace
}  // namespace squall::spec::resolve_test
