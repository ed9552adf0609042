// What answers of the provider and successful updates do to a row. Pure; nothing is committed here.
// docs/rules.md §3, §7, §8.
#pragma once

#include <string_view>

#include "documents/command.h"
#include "documents/provider_call.h"
#include "documents/schema.h"
#include "engine/records.h"

namespace squall::engine {

// The fields among `properties`: what a row calls `actual`.
JsonObject fields_of(const Schema& schema, const JsonObject& properties);

// Takes over what the provider showed of the resource: actual, read_only, version, native id.
// Documents that have not changed stay the same objects.
void absorb(const Schema& schema, const ProviderReply& reply, ResourceRow& row);

// Is what the provider showed what the row believes?
bool shows(const Schema& schema, const ProviderReply& reply, const JsonObject& document);

// The same for a read that nothing of ours explains: where it shows something new in `actual`,
// somebody else did that, and the row is no longer Declared. Returns whether it does.
bool absorb_read(const Schema& schema, const ProviderReply& reply, ResourceRow& row);

enum class Settlement {
  kApplied,
  kNotApplied,
  kOther,  // neither what was wanted nor what it was before
};

// Settles an unsettled row by what was read, and absorbs it. REQUIRES: row.unsettled.
Settlement settle_by_read(const Schema& schema, const ProviderReply& reply, ResourceRow& row);

// Settles an unsettled create by the object that its token made. REQUIRES: row.unsettled.
Settlement settle_by_token(const Schema& schema, const ProviderReply& reply, ResourceRow& row);

// The mark of a settlement, for Env::mark.
std::string_view mark_of(Settlement settlement);

// Nobody knows any more what WriteOnly values the object holds: they are to be sent again.
void forget_write_only(const Schema& schema, ResourceRow& row);

// After a successful apply of `desired`: what the row declares now. `actual` is already taken over.
void declare(const Schema& schema, Mode mode, const Document& desired, const Document& resolved,
             ResourceRow& row);

// After the delete half of a replace: what is left is no object, only its identity and what it is
// to be.
void empty_out(ResourceRow& row);

}  // namespace squall::engine
