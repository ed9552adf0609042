// Cases and calls in words: the parts that the failure report, its JSON and `squall explain` share.
#pragma once

#include <string>
#include <vector>

#include "cloud/operation_log.h"
#include "report/text.h"
#include "suite/case.h"
#include "suite/record.h"

namespace squall::report {

// One operation of a case as a reader sees it.
struct Step {
  size_t number = 0;  // from 1
  std::string words;  // suite::words
  // Faults and crashes that strike while it runs and, where it was run, what became of it.
  std::vector<std::string> notes;
};

// The steps of a case that was not run.
std::vector<Step> steps_of(const suite::Case& test_case);
// The steps with what the engine answered: "accepted, ended Success", "rejected: InvalidForma".
std::vector<Step> steps_of(const suite::CaseRecord& record);

// The steps as a numbered table, the notes at the right. Ends with a line break, unless empty.
std::string step_table(const std::vector<Step>& steps, const Style& style);

// "#1 create vpc-1 token …7f2a → net-1, answered ServiceTimeout (lost-reply)".
std::string call_in_words(const cloud::Call& call);

// The calls with these ids, in words; an id that the record does not have is left out.
std::vector<std::string> calls_in_words(const suite::CaseRecord& record,
                                        const std::vector<cloud::CallId>& ids);

}  // namespace squall::report
