// What an engine is held to, in the words of a report.
#pragma once

#include <string>
#include <string_view>

#include "documents/json.h"
#include "report/text.h"

namespace squall::report {

struct PromiseWords {
  std::string grade;     // "documented", "implied", "ours"; "not promised" of this version
  std::string words;     // empty: there is no such invariant
  std::string address;   // empty: the words name their place, or there is none
  std::string versions;  // of the engine, where there is an address: ">=1.1"
};

// For a failure of that signature, of an engine by its name and version. Where the engine has a
// file of promises (campaign/promises.h) it is that entry's, else the sentence of the invariant.
PromiseWords promise_words(std::string_view engine, std::string_view version,
                           std::string_view signature);

// "documented: A run locks the state … (https://…; versions >=1.1)".
std::string in_full(const PromiseWords& promise);

// The lines of a report that are labelled "promise"; empty where there are no words.
std::string promise_row(const PromiseWords& promise, const Style& style);

// The members promise and grade, and promise_address and promise_versions where there are any.
void add_json(const PromiseWords& promise, JsonObject& out);

}  // namespace squall::report
