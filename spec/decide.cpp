#include "spec/decide.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/after.h"
#include "spec/implied.h"
#include "spec/normalise.h"
#include "spec/order.h"
#include "spec/resolve.h"
#include "spec/write_only.h"

namespace squall::spec {

namespace {

const Decision* find(const Decisions& decisions, const ResourceIdentity& identity) {
  const auto found = decisions.find(identity);
  return found == decisions.end() ? nullptr : &found->second;
}

// What a reference stands for once the producers of this plan are done; nullopt: nobody knows yet.
std::optional<Json> look_up(const Reference& reference, const Snapshot& snapshot,
                            const Decisions& decisions) {
  const BelievedRow* row = find_row(snapshot.rows, reference.producer);
  const Decision* producer = find(decisions, reference.producer);
  if (producer != nullptr && producer->makes_anew()) return std::nullopt;
  if (producer != nullptr && producer->fate == Fate::kUpdate &&
      schema_of(snapshot, reference.producer).is_field(reference.property)) {
    const Json* value = producer->expected.if_contains(reference.property);
    if (value == nullptr) return Json(nullptr);
    if (has_reference(*value)) return std::nullopt;
    return *value;
  }
  return row == nullptr ? Json(nullptr) : property_of(*row, reference.property);
}

// Is a CreateOnly field wanted otherwise than it is? Walks a resolved document, in which what is
// unknown is still a reference, beside the actual one.
class ReplaceSearch {
 public:
  ReplaceSearch(const Schema& schema, const Decisions& decisions)
      : schema_(schema), decisions_(decisions) {}

  bool finds(const JsonObject& wanted, const JsonObject& actual) const {
    const bool has_create_only =
        std::any_of(schema_.hints.begin(), schema_.hints.end(),
                    [](const auto& entry) { return entry.second.create_only; });
    return has_create_only && in_members(wanted, &actual, "", false);
  }

 private:
  bool in_members(const JsonObject& wanted, const JsonObject* actual, const std::string& path,
                  bool inside_array) const {
    return std::any_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
      const std::string here = member_path(path, entry.key());
      const Json* present = actual == nullptr ? nullptr : actual->if_contains(entry.key());
      if (schema_.hint(here).create_only && changes(entry.value(), present, here, inside_array)) {
        return true;
      }
      return below(entry.value(), present, here, inside_array);
    });
  }

  // Further members below a value: of an object, or of a collection's elements.
  bool below(const Json& wanted, const Json* actual, const std::string& path,
             bool inside_array) const {
    if (is_plain_object(wanted)) {
      const JsonObject* present = actual == nullptr ? nullptr : actual->if_object();
      return in_members(wanted.get_object(), present, path, inside_array);
    }
    const JsonArray* elements = wanted.if_array();
    if (elements == nullptr) return false;
    const JsonArray* among = actual == nullptr ? nullptr : actual->if_array();
    for (size_t i = 0; i < elements->size(); ++i) {
      const Json* present =
          among == nullptr ? nullptr : counterpart(*elements, i, *among, schema_, path);
      if (below((*elements)[i], present, path, true)) return true;
    }
    return false;
  }

  bool changes(const Json& wanted, const Json* actual, const std::string& path,
               bool inside_array) const {
    bool is_known = true;
    for (const ResourceIdentity& producer : producers_in(wanted)) {
      const Decision* decision = find(decisions_, producer);
      if (decision != nullptr && decision->makes_anew()) return true;
      is_known = false;  // for another reason, which replaces nothing
    }
    if (!is_known || actual == nullptr || same(wanted, *actual)) return false;
    const Json asked = normalise_value(wanted, schema_, path, inside_array);
    const Json present = normalise_value(*actual, schema_, path, inside_array);
    return !is_empty(asked) && !is_empty(present) && !same(asked, present);
  }

  const Schema& schema_;
  const Decisions& decisions_;
};

// Sends the whole of what the row declares from now on; in a patch, what was declared before too.
void decide_create(Decision& out, const Schema& schema, const Lookup& lookup) {
  out.desired = out.declared;
  const Resolved sent = resolve(out.desired, lookup);
  if (sent.complete) out.values = as_sent(sent.document, schema);
  const Json* name = sent.document.if_contains("Name");
  if (name != nullptr && !name->is_null() && !has_reference(*name)) out.name = *name;
}

// Is all that is wanted known, declared already, and the object as it was then?
bool is_as_declared(const BelievedRow& row, const Decision& next, const Schema& schema) {
  return !row.unsettled && same_declared(next.declared, row.declared, schema) &&
         same_declared(*next.values, row.values, schema) &&
         same_fields(row.actual, row.echo, schema);
}

}  // namespace

Decision decide(const Subject& subject, const Snapshot& snapshot, Mode mode,
                const Decisions& others) {
  const Schema& schema = schema_of(snapshot, subject.identity);
  const BelievedRow* known = find_row(snapshot.rows, subject.identity);
  static const BelievedRow kNoRow;
  const BelievedRow& row = known == nullptr ? kNoRow : *known;
  const Lookup lookup = [&](const Reference& reference) {
    return look_up(reference, snapshot, others);
  };
  Decision out;
  out.asked = subject.desired;
  if (mode == Mode::kPatch) {
    out.asked =
        with_implied(subject.desired, row.declared, schema, [&](const ResourceIdentity& producer) {
          const Decision* decision = find(others, producer);
          return decision != nullptr && decision->makes_anew();
        });
  }
  out.declared = declared_after(row.declared, out.asked, mode, schema);
  if (row.native_id.empty()) {
    out.fate = Fate::kCreate;
    decide_create(out, schema, lookup);
    return out;
  }
  const Resolved wanted = resolve(out.asked, lookup);
  const Document believed = with_write_only(row.actual, row.values, schema);
  if (wanted.complete) {
    // What refers to nothing is the same document in both.
    const bool are_one =
        row.values.is_copy_of(row.declared) && wanted.document.is_copy_of(out.asked);
    out.values = are_one ? out.declared : declared_after(row.values, wanted.document, mode, schema);
    if (is_as_declared(row, out, schema)) return out;
  }
  if (ReplaceSearch(schema, others).finds(wanted.document, believed)) {
    out.fate = Fate::kReplace;
    decide_create(out, schema, lookup);
    return out;
  }
  if (wanted.complete && !row.unsettled &&
      difference_is_empty(row.actual, row.values, wanted.document, mode, schema)) {
    return out;
  }
  out.fate = Fate::kUpdate;
  out.desired = out.asked;
  out.expected = after(believed, wanted.document, mode, schema);
  return out;
}

namespace {

// All there may be something to decide on, in the order it can be decided in.
class Decider {
 public:
  Decider(const Snapshot& snapshot, const CommandRequest& request,
          const std::set<ResourceIdentity>& deleted)
      : snapshot_(snapshot), mode_(request.mode) {
    std::set<ResourceIdentity> in_forma;
    for (const DeclaredResource& resource : request.forma.resources) {
      in_forma.insert(resource.identity);
      add({resource.identity, resource.target, resource.properties, false});
    }
    if (request.on_dependents != OnDependents::kCascade) return;
    for (const auto& [identity, row] : snapshot.rows) {
      if (in_forma.contains(identity) || deleted.contains(identity)) continue;
      add({identity, row.target, row.declared, true});
    }
  }

  Decided decided();

 private:
  void add(Subject subject);
  // Decides on one subject; did that change anything?
  bool decide_on(size_t index);
  bool follows_a_replacement(size_t index) const;

  const Snapshot& snapshot_;
  const Mode mode_;
  std::vector<Subject> subjects_;
  std::vector<Referrer> referrers_;  // of each subject
  Decisions decisions_;
};

void Decider::add(Subject subject) {
  const BelievedRow* row = find_row(snapshot_.rows, subject.identity);
  std::set<ResourceIdentity> producers;
  const auto take = [&](const JsonObject& document) {
    for (const ResourceIdentity& each : producers_in(document)) producers.insert(each);
  };
  take(subject.desired);
  if (row != nullptr && mode_ == Mode::kPatch && has_reference(row->declared)) {
    // Should it be created, or one of them be made anew, what was declared before counts.
    const Schema& schema = schema_of(snapshot_, subject.identity);
    take(declared_after(row->declared, subject.desired, mode_, schema));
  }
  if (subject.is_cascade && row->unsettled) {
    take(row->unsettled->wanted);
    take(row->unsettled->declared);
  }
  referrers_.push_back({subject.identity, {producers.begin(), producers.end()}});
  subjects_.push_back(std::move(subject));
}

bool Decider::follows_a_replacement(size_t index) const {
  const std::vector<ResourceIdentity>& producers = referrers_[index].references;
  return std::any_of(producers.begin(), producers.end(), [&](const ResourceIdentity& producer) {
    const Decision* decision = find(decisions_, producer);
    return decision != nullptr && decision->fate == Fate::kReplace;
  });
}

bool Decider::decide_on(size_t index) {
  const Subject& subject = subjects_[index];
  if (subject.is_cascade && !follows_a_replacement(index)) {
    return decisions_.erase(subject.identity) > 0;
  }
  Decision next = decide(subject, snapshot_, mode_, decisions_);
  const auto [known, is_new] = decisions_.try_emplace(subject.identity);
  if (!is_new && known->second == next) return false;
  known->second = std::move(next);
  return true;
}

Decided Decider::decided() {
  const ProducersFirst sorted = producers_first(referrers_);
  for (const size_t index : sorted.order) decide_on(index);
  // What is decided goes once round a circle at the most before it comes back to where it began.
  for (size_t pass = 0; pass <= 2 * sorted.cyclic.size(); ++pass) {
    bool changed = false;
    for (const size_t index : sorted.cyclic) changed = decide_on(index) || changed;
    if (!changed) break;
  }
  Decided out;
  std::vector<size_t> order = sorted.order;
  order.insert(order.end(), sorted.cyclic.begin(), sorted.cyclic.end());
  for (const bool cascades : {false, true}) {
    for (const size_t index : order) {
      Subject& subject = subjects_[index];
      if (subject.is_cascade != cascades || !decisions_.contains(subject.identity)) continue;
      out.subjects.push_back(std::move(subject));
    }
  }
  out.decisions = std::move(decisions_);
  return out;
}

}  // namespace

Decided decide_all(const Snapshot& snapshot, const CommandRequest& request,
                   const std::set<ResourceIdentity>& deleted) {
  return Decider(snapshot, request, deleted).decided();
}

}  // namespace squall::spec
