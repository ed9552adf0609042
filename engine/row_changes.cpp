#include "engine/row_changes.h"

#include <utility>

#include "base/check.h"
#include "engine/difference.h"
#include "engine/normal_form.h"

namespace squall::engine {

namespace {

void replace_if_changed(Document& document, JsonObject now) {
  if (!same(*document, now)) document = make_document(std::move(now));
}

// The documents of the attempt that turned out to have been applied.
void take_attempt(ResourceRow& row) {
  SQUALL_CHECK(row.unsettled.has_value());
  row.declared = row.unsettled->declared;
  row.values = row.unsettled->values;
}

}  // namespace

JsonObject fields_of(const Schema& schema, const JsonObject& properties) {
  JsonObject out;
  for (const auto& entry : properties) {
    if (schema.is_field(entry.key())) out.emplace(entry.key(), entry.value());
  }
  return out;
}

void absorb(const Schema& schema, const ProviderReply& reply, ResourceRow& row) {
  JsonObject fields;
  JsonObject others;
  for (const auto& entry : reply.properties) {
    JsonObject& into = schema.is_field(entry.key()) ? fields : others;
    into.emplace(entry.key(), entry.value());
  }
  replace_if_changed(row.actual, std::move(fields));
  replace_if_changed(row.read_only, std::move(others));
  row.version = reply.version;
  if (!reply.native_id.empty()) row.native_id = reply.native_id;
}

bool shows(const Schema& schema, const ProviderReply& reply, const JsonObject& document) {
  return equal_as_read(schema, reply.properties, document);
}

bool settle_by_read(const Schema& schema, const ProviderReply& reply, ResourceRow& row) {
  SQUALL_CHECK(row.unsettled.has_value());
  const bool may_be_applied = row.unsettled->operation == UpdateOperation::kUpdate;
  const bool was_applied = may_be_applied && shows(schema, reply, *row.unsettled->wanted);
  const bool drift = !was_applied && !shows(schema, reply, *row.actual);
  absorb(schema, reply, row);
  if (was_applied) {
    take_attempt(row);
    row.echo = row.actual;
  }
  row.unsettled.reset();
  return drift;
}

void settle_by_token(const Schema& schema, const ProviderReply& reply, ResourceRow& row) {
  SQUALL_CHECK(row.unsettled.has_value());
  absorb(schema, reply, row);
  take_attempt(row);
  // Changed since it was made: a difference from what was declared, as any drift is.
  row.echo = shows(schema, reply, *row.unsettled->wanted) ? row.actual : row.unsettled->wanted;
  row.unsettled.reset();
}

void declare(const Schema& schema, Mode mode, const JsonObject& desired, const JsonObject& resolved,
             ResourceRow& row) {
  replace_if_changed(row.declared, declared_after(schema, *row.declared, desired, mode));
  replace_if_changed(row.values, declared_after(schema, *row.values, resolved, mode));
  row.echo = row.actual;
  row.unsettled.reset();
}

}  // namespace squall::engine
