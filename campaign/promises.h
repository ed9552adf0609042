// What an engine's documentation promises, invariant by invariant: without a promise there is no
// accusation.
//
// The file is TOML, engines/NAME/promises.toml, and compiled in:
//
//   [[promise]]
//   invariant = "lock-discipline"
//   shapes = ["read-before-lock"]  # kinds of it; left out: all that no other entry of it names
//   says = "…"                     # what the documentation says, in our own words
//   grade = "documented"           # or "implied", "ours": see Grade
//   address = "https://…"          # of the page that says so; of "ours": of the one that comes
//                                  # nearest
//   versions = ">=1.1"             # of the engine, of which it says so
//   [promise.opentofu]             # the same of versions with that build tag: "1.9.0+opentofu"
//   address = "https://…"
//   versions = ">=1.6"
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "campaign/version_range.h"

namespace squall::campaign {

// How firm a promise is.
enum class Grade : uint8_t {
  documented,  // the documentation says so
  implied,     // it does not, but what it says makes no sense otherwise
  ours,        // nobody says so but us
};
std::string_view to_string(Grade grade);

// Where something is said, and of which versions.
struct Source {
  std::string address;
  std::string versions;
  VersionRange range;  // of `versions`
};

struct Promise {
  std::string invariant;
  std::vector<std::string> shapes;  // empty: all that no other promise of the invariant names
  std::string says;
  Grade grade = Grade::ours;
  Source source;                                        // of versions without a build tag
  std::map<std::string, Source, std::less<>> variants;  // by the build tag of versions
};

// Reads the text of such a file. The error names the entry, and what is wrong with it: unknown
// members, grades, invariants and shapes; what is missing; a range that is none; an address that is
// none; a shape that two entries name.
Result<std::vector<Promise>> parse_promises(std::string_view text);

// Those of the engine, by its name; nullptr: it has no such file. The design documents are the
// promises of the reference engine, and it is held to all that an invariant asks.
const std::vector<Promise>* promises_of(std::string_view engine);

// What the promises come to for one kind of failure of one version. Of several that follow one
// another (versions_in): of all of them, as long as each is later than the one before it.
struct Standing {
  const Promise* promise = nullptr;  // nullptr: nobody has written one down
  const Source* source = nullptr;    // nullptr: it says nothing of such versions
  bool in_range = false;             // it is said of this version

  // Else a failure of that kind accuses nobody.
  bool is_promised() const { return in_range && promise->grade != Grade::ours; }
};
Standing standing_of(const std::vector<Promise>& promises, std::string_view signature,
                     std::string_view version);

}  // namespace squall::campaign
