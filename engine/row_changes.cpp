#include "engine/row_changes.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/difference.h"
#include "engine/normal_form.h"

namespace squall::engine {

namespace {

void replace_if_changed(Document& document, Document now) {
  if (!same(document, now)) document = std::move(now);
}

// Erases what a path leads to through objects. `whole`: a field whose name may have dots.
void erase_at(std::string_view path, bool whole, JsonObject& document) {
  const size_t dot = whole ? std::string_view::npos : path.find('.');
  const auto found = document.find(path.substr(0, dot));
  if (found == document.end()) return;
  if (dot == std::string_view::npos) {
    document.erase(found);
  } else if (JsonObject* inner = found->value().if_object()) {
    erase_at(path.substr(dot + 1), false, *inner);
  }
}

// The documents of the attempt that turned out to have been applied.
void take_attempt(ResourceRow& row) {
  SQUALL_CHECK(row.unsettled.has_value());
  row.declared = row.unsettled->declared;
  row.values = row.unsettled->values;
  row.is_declared = row.unsettled->mode == Mode::kReconcile;
}

}  // namespace

JsonObject fields_of(const Schema& schema, const JsonObject& properties) {
  JsonObject out;
  for (const auto& entry : properties) {
    if (schema.is_field(entry.key())) out.emplace(entry.key(), entry.value());
  }
  return out;
}

namespace {

// Do the row's two documents hold what is shown, and nothing else?
bool holds(const Schema& schema, const ResourceRow& row, const Document& shown) {
  return row.actual.size() + row.read_only.size() == shown.size() &&
         std::all_of(shown.begin(), shown.end(), [&](const auto& entry) {
           const Document& in = schema.is_field(entry.key()) ? row.actual : row.read_only;
           const Json* known = in.if_contains(entry.key());
           return known != nullptr && same(*known, entry.value());
         });
}

void take_properties(const Schema& schema, const Document& shown, ResourceRow& row) {
  if (holds(schema, row, shown)) return;
  JsonObject fields;
  JsonObject others;
  for (const auto& entry : shown) {
    JsonObject& into = schema.is_field(entry.key()) ? fields : others;
    into.emplace(entry.key(), entry.value());
  }
  replace_if_changed(row.actual, std::move(fields));
  replace_if_changed(row.read_only, std::move(others));
}

}  // namespace

void absorb(const Schema& schema, const ProviderReply& reply, ResourceRow& row) {
  take_properties(schema, reply.properties, row);
  row.version = reply.version;
  if (!reply.native_id.empty()) row.native_id = reply.native_id;
}

bool shows(const Schema& schema, const ProviderReply& reply, const JsonObject& document) {
  return equal_as_read(schema, reply.properties, document);
}

bool absorb_read(const Schema& schema, const ProviderReply& reply, ResourceRow& row) {
  const bool drift = !shows(schema, reply, *row.actual);
  absorb(schema, reply, row);
  if (drift) row.is_declared = false;
  return drift;
}

Settlement settle_by_read(const Schema& schema, const ProviderReply& reply, ResourceRow& row) {
  SQUALL_CHECK(row.unsettled.has_value());
  const Unsettled& attempt = *row.unsettled;
  const bool as_before = shows(schema, reply, *row.actual);
  const bool versions = row.version > 0 && reply.version > 0;
  const bool untouched = versions ? reply.version == row.version : as_before;
  Settlement settlement = Settlement::kOther;
  if (untouched) {
    settlement = Settlement::kNotApplied;
  } else if (attempt.operation == UpdateOperation::kUpdate &&
             shows(schema, reply, *attempt.wanted)) {
    settlement = Settlement::kApplied;
  } else if (as_before) {
    settlement = Settlement::kNotApplied;
  }
  absorb(schema, reply, row);
  if (settlement == Settlement::kApplied) {
    take_attempt(row);
    row.echo = row.actual;
  }
  if (settlement == Settlement::kOther) {
    row.is_declared = false;
    if (row.unsettled->operation != UpdateOperation::kDelete) forget_write_only(schema, row);
  }
  row.unsettled.reset();
  return settlement;
}

Settlement settle_by_token(const Schema& schema, const ProviderReply& reply, ResourceRow& row) {
  SQUALL_CHECK(row.unsettled.has_value());
  absorb(schema, reply, row);
  take_attempt(row);
  // Changed since it was made: a difference from what was declared, as any drift is.
  const bool as_wanted = shows(schema, reply, *row.unsettled->wanted);
  row.echo = as_wanted ? row.actual : row.unsettled->wanted;
  if (!as_wanted) {
    row.is_declared = false;
    forget_write_only(schema, row);
  }
  row.unsettled.reset();
  return as_wanted ? Settlement::kApplied : Settlement::kOther;
}

void forget_write_only(const Schema& schema, ResourceRow& row) {
  JsonObject known = *row.values;
  for (const auto& [path, hint] : schema.hints) {
    if (hint.write_only) erase_at(path, schema.is_field(path), known);
  }
  replace_if_changed(row.values, std::move(known));
}

std::string_view mark_of(Settlement settlement) {
  switch (settlement) {
    case Settlement::kApplied:
      return "settled-as-applied";
    case Settlement::kNotApplied:
      return "settled-as-not-applied";
    case Settlement::kOther:
      break;
  }
  return "settled-by-other-object";
}

void declare(const Schema& schema, Mode mode, const Document& desired, const Document& resolved,
             ResourceRow& row) {
  // What refers to nothing is the same document in both.
  const bool are_one = row.values.is_copy_of(row.declared) && resolved.is_copy_of(desired);
  replace_if_changed(row.declared, declared_after(schema, *row.declared, desired, mode));
  if (are_one) {
    row.values = row.declared;
  } else {
    replace_if_changed(row.values, declared_after(schema, *row.values, resolved, mode));
  }
  row.echo = row.actual;
  row.is_declared = mode == Mode::kReconcile;
  row.unsettled.reset();
}

void empty_out(ResourceRow& row) {
  row.native_id.clear();
  row.version = 0;
  row.actual = {};
  row.read_only = {};
  row.echo = {};
  row.unsettled.reset();
}

}  // namespace squall::engine
