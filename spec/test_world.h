// For the tests of this folder: documents in short, a schema with every kind of field, snapshots
// and requests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "documents/command.h"
#include "documents/generic_types.h"
#include "documents/json.h"
#include "documents/schema.h"
#include "spec/snapshot.h"

namespace squall::spec {

// JSON written with ' for ".
inline Json json(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  Result<Json> value = parse_json(text);
  SQUALL_CHECK(value.has_value());
  return *std::move(value);
}
inline JsonObject object(std::string text) { return json(std::move(text)).as_object(); }

inline FieldHint collection_hint(UpdateMethod method, std::string index_field = "") {
  FieldHint hint;
  hint.update_method = method;
  hint.index_field = std::move(index_field);
  return hint;
}

inline constexpr std::string_view kBox = "Lab::Store::Box";

// Every kind of field there is, on the top level and in a nested object.
inline Schema box_schema() {
  FieldHint fixed;
  fixed.create_only = true;
  FieldHint secret;
  secret.write_only = true;
  FieldHint text;
  text.format = "json";
  FieldHint defaulted = collection_hint(UpdateMethod::kEntitySet, "Id");
  defaulted.has_provider_default = true;
  FieldHint needed_at_first;
  needed_at_first.required_on_create = true;
  FieldHint required;
  required.required = true;
  FieldHint opaque;
  opaque.opaque = true;
  FieldHint fixed_secret = secret;
  fixed_secret.create_only = true;
  FieldHint resent;
  resent.required_on_update = true;
  FieldHint attached;
  attached.edge = EdgeKind::kAttachesTo;
  FieldHint needed_to_run;
  needed_to_run.edge = EdgeKind::kRuntimeDependency;

  Schema schema;
  schema.type = kBox;
  schema.identifier = "Arn";
  schema.fields = {"Name",     "Size",   "Settings", "Labels", "Rules", "Steps", "Fixed",
                   "Defaults", "Policy", "Secret",   "Kind",   "a.b",   "Base",  "Bases",
                   "Seal",     "Pin",    "Revision", "Link",   "Host"};
  schema.hints = {{"Name", required},
                  {"Kind", needed_at_first},
                  {"Rules", collection_hint(UpdateMethod::kEntitySet, "Id")},
                  {"Rules.Ports", collection_hint(UpdateMethod::kSet)},
                  {"Rules.Token", secret},
                  {"Steps", collection_hint(UpdateMethod::kArray)},
                  {"Fixed", collection_hint(UpdateMethod::kAtomic)},
                  {"Defaults", defaulted},
                  {"Policy", text},
                  {"Secret", secret},
                  {"Settings.Zone", fixed},
                  {"Settings.Level", required},
                  {"Settings.Rules", collection_hint(UpdateMethod::kEntitySet, "Id")},
                  {"Settings.Steps", collection_hint(UpdateMethod::kArray)},
                  {"Settings.Fixed", collection_hint(UpdateMethod::kAtomic)},
                  {"Settings.Password", secret},
                  {"Settings.Pin", opaque},
                  {"Rules.Origin", fixed},
                  {"Rules.Link", attached},
                  {"Base", fixed},
                  {"Bases", fixed},
                  {"Seal", fixed_secret},
                  {"Pin", opaque},
                  {"Revision", resent},
                  {"Link", attached},
                  {"Host", needed_to_run},
                  {"a.b", fixed}};
  return schema;
}

inline const std::vector<Schema>& test_schemas() {
  static const std::vector<Schema> kSchemas = [] {
    std::vector<Schema> schemas = generic_types();
    schemas.push_back(box_schema());
    return schemas;
  }();
  return kSchemas;
}

inline ResourceIdentity id(std::string label, std::string stack = "s",
                           std::string_view type = kGenericResource) {
  return {std::move(stack), std::move(label), std::string(type)};
}

inline Json reference_to(const ResourceIdentity& producer, std::string property) {
  return to_json(Reference{producer, std::move(property)});
}

// A row as it is after `declared` was created: nothing in it is a reference unless `values` says
// what it stands for.
inline BelievedRow settled_row(const ResourceIdentity& identity, const JsonObject& declared,
                               const JsonObject& values) {
  BelievedRow row;
  row.identity = identity;
  row.target = "t";
  row.native_id = "native-" + identity.label;
  row.declared = declared;
  row.values = values;
  row.actual = values;
  row.echo = values;
  row.read_only = {{"Id", row.native_id}};
  return row;
}
inline BelievedRow settled_row(const ResourceIdentity& identity, const JsonObject& declared) {
  return settled_row(identity, declared, declared);
}

// A row of a create whose effect is not known.
inline BelievedRow unsettled_create(const ResourceIdentity& identity, const JsonObject& wanted) {
  BelievedRow row;
  row.identity = identity;
  row.target = "t";
  row.declared = wanted;
  row.values = wanted;
  BelievedUnsettled& unsettled = row.unsettled.emplace();
  unsettled.token = "token";
  unsettled.wanted = unsettled.declared = unsettled.values = wanted;
  return row;
}

// A row whose update, which was to make `wanted` of it, may have been applied or not.
inline BelievedRow unsettled_update(BelievedRow row, const JsonObject& wanted) {
  BelievedUnsettled& unsettled = row.unsettled.emplace();
  unsettled.operation = UpdateOperation::kUpdate;
  unsettled.wanted = unsettled.declared = unsettled.values = wanted;
  return row;
}

// What a replacement leaves whose create failed.
inline BelievedRow half_replaced(const ResourceIdentity& identity, const JsonObject& declared) {
  BelievedRow row;
  row.identity = identity;
  row.target = "t";
  row.declared = declared;
  row.values = declared;
  return row;
}

inline BelievedRow not_declared(BelievedRow row) {
  row.is_declared = false;
  return row;
}

inline Snapshot snapshot_of(const std::vector<BelievedRow>& rows) {
  Snapshot out;
  for (const BelievedRow& row : rows) out.rows.emplace(row.identity, row);
  Target target;
  target.label = "t";
  target.name_space = "Test";
  out.targets.emplace("t", target);
  out.schemas = &test_schemas();
  return out;
}

inline RunningCommand running(const ResourceIdentity& identity, UpdateOperation operation,
                              std::vector<ResourceIdentity> references = {}) {
  return {"running", {{identity, operation, UpdateState::kInProgress, std::move(references)}}};
}

inline DeclaredResource declared(const ResourceIdentity& identity, JsonObject properties) {
  return {identity, "t", std::move(properties)};
}

inline CommandRequest apply_of(Mode mode, std::vector<DeclaredResource> resources,
                               const std::vector<std::string>& stacks = {}) {
  CommandRequest request;
  request.kind = CommandKind::kApply;
  request.mode = mode;
  request.forma.resources = std::move(resources);
  for (const std::string& stack : stacks) request.forma.stacks.push_back({stack, ""});
  return request;
}

inline CommandRequest destroy_of(const std::vector<ResourceIdentity>& identities,
                                 OnDependents on_dependents = OnDependents::kAbort) {
  CommandRequest request;
  request.kind = CommandKind::kDestroy;
  request.on_dependents = on_dependents;
  for (const ResourceIdentity& identity : identities) {
    request.forma.resources.push_back({identity, "", {}});
  }
  return request;
}

// {"Name": label} and, where given, "Value".
inline JsonObject named(std::string_view label, const Json& value = nullptr) {
  JsonObject out = {{"Name", label}};
  if (!value.is_null()) out["Value"] = value;
  return out;
}

}  // namespace squall::spec
